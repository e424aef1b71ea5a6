/** A pool over several servers: connections go to the one that takes writes. */
import { before, PreflightFailed, sentence } from '../remote.ts'
import { asText, createPool, type OwnPool, type PostgresClient } from './pool.ts'
import { othersMs, timeoutMs } from './timeouts.ts'
import { addressOf, urlsOf } from '../postgresUrls.ts'

interface Host {
  readonly address: string
  readonly pool: OwnPool
}

interface Primary {
  readonly host: Host
  /** Eight hexadecimal digits; each promotion of a standby begins a higher one. */
  readonly timeline: string
}

type Listener = (error: Error) => void

// The first eight digits of a WAL file are its timeline. https://www.postgresql.org/docs/current/wal-internals.html
const question = `SELECT CASE WHEN pg_is_in_recovery() THEN NULL
  ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END AS timeline`

/** @param most connections to each server. Count */
export async function createPools(url: string, most?: number): Promise<OwnPool> {
  const urls = urlsOf(url)
  if (urls.length === 1) return createPool(url, most)
  const hosts = new Hosts(
    await Promise.all(
      urls.map(async (each) => ({ address: addressOf(each), pool: await createPool(each, most, () => hosts.doubt()) })),
    ),
  )
  return hosts
}

class Hosts implements OwnPool {
  readonly #hosts: readonly Host[]
  #primary: Promise<Primary> | undefined
  /** A server of a lower timeline was replaced, although it may not know that. */
  #newest = ''

  constructor(hosts: readonly Host[]) {
    this.#hosts = hosts
  }

  /** @see `Connections`, which closes a connection that is lost */
  async connect(): Promise<PostgresClient> {
    const searching = (this.#primary ??= this.#search())
    try {
      const { host } = await searching
      return await host.pool.connect()
    } catch (error) {
      this.#forget(searching)
      throw error
    }
  }

  /** A connection was lost: another server may be the primary. */
  doubt(): void {
    this.#primary = undefined
  }

  #forget(searched: Promise<Primary>): void {
    if (this.#primary === searched) this.#primary = undefined
  }

  async #search(): Promise<Primary> {
    const failures: string[] = []
    const answers = this.#hosts.map(async (host) => {
      try {
        return await this.#ask(host)
      } catch (error) {
        failures.push(sentence(error, host.address))
        throw error
      }
    })
    const first = await Promise.any(answers).catch(() => {
      throw new Error(failures.join('; '))
    })
    // A primary that was cut off during the promotion of its standby takes writes too.
    const others = Promise.allSettled(answers).then((all) =>
      all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    )
    const found = await before(performance.now() + othersMs, others).catch(() => [first])
    const primary = found.reduce((best, each) => (each.timeline > best.timeline ? each : best), first)
    this.#newest = primary.timeline
    return primary
  }

  /** Throws when it takes no writes. */
  async #ask(host: Host): Promise<Primary> {
    const client = await host.pool.connect()
    let isLost = true
    try {
      const { rows } = await before(performance.now() + timeoutMs, client.query({ text: question, types: asText }))
      isLost = false
      const { timeline } = rows[0] as { readonly timeline: string | null }
      if (timeline === null) throw new PreflightFailed('is in recovery, a standby')
      if (timeline < this.#newest) throw new PreflightFailed('was replaced by a standby of it')
      return { host, timeline }
    } finally {
      client.release(isLost)
    }
  }

  on(event: 'error', listener: Listener): this {
    for (const { pool } of this.#hosts) pool.on(event, listener)
    return this
  }

  removeListener(event: 'error', listener: Listener): this {
    for (const { pool } of this.#hosts) pool.removeListener(event, listener)
    return this
  }

  async end(): Promise<void> {
    await Promise.all(this.#hosts.map(({ pool }) => pool.end()))
  }
}
