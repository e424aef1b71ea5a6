// A bounded queue for costly work: a flood of sign-ins meets a quick refusal instead of an ever longer wait.

/** The waiting list is full. Nothing was done or learnt; the answer is 503, try again. @see ASVS 15.1.3, 15.2.2 */
export class Busy extends Error {
  override readonly name = 'Busy'

  constructor() {
    super('too much costly work is waiting')
  }
}

export type Queue = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Runs work in the order it came.
 * @param atOnce how many run at the same time
 * @param waiting how many may wait for their turn; the next one is refused with `Busy`
 */
export function createQueue(atOnce: number, waiting: number): Queue {
  const line: (() => void)[] = []
  let running = 0

  return async (work) => {
    if (running < atOnce) running += 1
    else if (line.length < waiting) await new Promise<void>((turn) => void line.push(turn))
    else throw new Busy()
    try {
      return await work()
    } finally {
      // The place goes straight to the next in line, so nobody who has just come can take it.
      const next = line.shift()
      if (next) next()
      else running -= 1
    }
  }
}
