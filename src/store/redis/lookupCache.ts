/**
 * The last id found under a unique index, so that index and artefact are read together: one round trip instead of two for every
 * session cookie. The index decides.
 */

/** Cached names. Count; about 2 MB. */
const most = 10_000

export class LookupCache {
  readonly #ids = new Map<string, string>()

  get(name: string): string | undefined {
    return this.#ids.get(name)
  }

  learn(name: string, id: string | null): void {
    this.#ids.delete(name)
    if (id === null) return
    this.#ids.set(name, id)
    const [oldest] = this.#ids.keys()
    if (this.#ids.size > most && oldest !== undefined) this.#ids.delete(oldest)
  }
}
