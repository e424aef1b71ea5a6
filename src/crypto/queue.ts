// A bounded queue for costly work: a flood of sign-ins meets a quick refusal instead of an ever longer wait.

import { Busy } from '../errors.ts'

/** @param source who asks, such as a network; each source waits in a line of its own. Default: one line for all */
export type Queue = <T>(work: () => Promise<T>, source?: string) => Promise<T>

/**
 * Runs work in turns: one of each source that waits, and of one source in the order it came. A flood from one source delays another
 * by one piece of work a turn.
 * @param atOnce how many run at the same time
 * @param waiting how many may wait for their turn; the next one is refused with `Busy`
 * @param perSource how many of one source may wait. Default: as many as may wait at all
 */
export function createQueue(atOnce: number, waiting: number, perSource = waiting): Queue {
  // In the order of their next turn: whose turn it was goes to the end.
  const lines = new Map<string, (() => void)[]>()
  let running = 0
  let inLine = 0

  function wait(source: string): Promise<void> {
    const line = lines.get(source) ?? []
    if (inLine >= waiting || line.length >= perSource) throw new Busy()
    lines.set(source, line)
    inLine += 1
    return new Promise<void>((turn) => void line.push(turn))
  }

  function next(): (() => void) | undefined {
    const [first] = lines
    if (!first) return undefined
    const [source, line] = first
    const turn = line.shift()
    inLine -= 1
    lines.delete(source)
    if (line.length > 0) lines.set(source, line)
    return turn
  }

  return async (work, source = '') => {
    if (running < atOnce) running += 1
    else await wait(source)
    try {
      return await work()
    } finally {
      // The place goes straight to the next in line, so nobody who has just come can take it.
      const turn = next()
      if (turn) turn()
      else running -= 1
    }
  }
}
