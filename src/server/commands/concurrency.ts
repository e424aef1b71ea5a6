/** Work on many entries at once, with results in the order of the entries. */

interface Bounds {
  /** Count. */
  readonly atOnce: number
  readonly isStopped: () => boolean
}

/** Rejects with the first error, after everything that runs has ended. */
export async function* inOrder<E, R>(
  entries: AsyncIterable<E>,
  work: (entry: E) => Promise<R>,
  { atOnce, isStopped }: Bounds,
): AsyncGenerator<R> {
  const running: Promise<R>[] = []
  try {
    for await (const entry of entries) {
      const next = work(entry)
      // A rejection is seen below, when its turn comes.
      next.catch(() => {})
      running.push(next)
      const first = running.length < atOnce ? undefined : running.shift()
      if (first) yield await first
      if (isStopped()) break
    }
    for (let first = running.shift(); first; first = running.shift()) yield await first
  } finally {
    await Promise.allSettled(running)
  }
}

/** Runs work that shares a key one after another, in the order of the calls. */
export function exclusively() {
  const last = new Map<string, Promise<unknown>>()
  return <T>(keys: readonly string[], work: () => Promise<T>): Promise<T> => {
    const before = keys.flatMap((key) => last.get(key) ?? [])
    const mine = Promise.allSettled(before).then(work)
    for (const key of keys) last.set(key, mine)
    const leave = (): void => {
      for (const key of keys) if (last.get(key) === mine) last.delete(key)
    }
    mine.then(leave, leave)
    return mine
  }
}
