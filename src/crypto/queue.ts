// A bounded queue for expensive work: under a flood of sign-ins it refuses quickly instead of letting the wait grow.

import { Busy } from '../errors.ts'

/** @param source the origin of the work, such as a network. Default: one queue for all */
export type Queue = <T>(work: () => Promise<T>, source?: string) => Promise<T>

/**
 * Runs work round-robin over the sources, in order of arrival within each: a flood from one source delays another by one item a turn.
 * @param atOnce how many run at the same time
 * @param waiting how many may wait; the next one is refused with `Busy`
 * @param perSource how many of one source may wait. Default: as many as may wait at all
 */
export function createQueue(atOnce: number, waiting: number, perSource = waiting): Queue {
  // In the order of their next turn.
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
      // The slot passes directly to the next in the queue, so that new work cannot take it.
      const turn = next()
      if (turn) turn()
      else running -= 1
    }
  }
}
