/** A pool over several servers: connections go to the one that takes writes, and no answer counts of a server that was replaced. */
import { before, PreflightFailed, sentence } from '../remote.ts'
import { asText, createPool, type OwnPool, type PostgresClient, type PostgresQuery } from './pool.ts'
import { comparedMs, compareMs, othersMs, timeoutMs } from './timeouts.ts'
import { addressOf, urlsOf } from '../postgresUrls.ts'

interface Primary {
  readonly host: Host
  /** Eight hexadecimal digits; each promotion of a standby begins a higher one. */
  readonly timeline: string
}

interface Comparison {
  /** When the servers were asked. Milliseconds of `performance.now()`. */
  readonly at: number
  readonly primary: Primary
}

// The first eight digits of a WAL file are its timeline. https://www.postgresql.org/docs/current/wal-internals.html
const question = `SELECT CASE WHEN pg_is_in_recovery() THEN NULL
  ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END AS timeline`

/** @param most connections to each server. Count */
export async function createPools(url: string, most?: number): Promise<OwnPool> {
  const urls = urlsOf(url)
  if (urls.length === 1) return createPool(url, most)
  const hosts: Hosts = new Hosts(await Promise.all(urls.map((each) => Host.open(each, () => hosts.doubt(), most))))
  return hosts
}

class Host {
  readonly address: string
  readonly #newPool: () => Promise<OwnPool>
  /** One connection, which answers while all others wait for it. */
  readonly #asking: OwnPool
  #pool: Promise<OwnPool>
  #isWaiting = false

  private constructor(address: string, asking: OwnPool, newPool: () => Promise<OwnPool>) {
    this.address = address
    this.#asking = asking
    this.#newPool = newPool
    this.#pool = newPool()
  }

  static async open(url: string, onLoss: () => void, most?: number): Promise<Host> {
    return new Host(addressOf(url), await createPool(url, 1), () => createPool(url, most, onLoss))
  }

  async connect(): Promise<PostgresClient> {
    return (await this.#pool).connect()
  }

  /** Closes all connections but the one that asks. */
  leave(): void {
    void this.#pool.then((pool) => pool.end()).catch(() => {})
    this.#pool = this.#newPool()
  }

  /** Its timeline. Throws when it takes no writes, or has not answered the question before. */
  async ask(): Promise<string> {
    if (this.#isWaiting) throw new Error('no answer yet')
    this.#isWaiting = true
    try {
      return await this.#ask()
    } finally {
      this.#isWaiting = false
    }
  }

  async end(): Promise<void> {
    await Promise.all([this.#asking.end(), this.#pool.then((pool) => pool.end())])
  }

  async #ask(): Promise<string> {
    const client = await this.#asking.connect()
    let isLost = true
    try {
      const { rows } = await before(performance.now() + timeoutMs, client.query({ text: question, types: asText }))
      isLost = false
      const { timeline } = rows[0] as { readonly timeline: string | null }
      if (timeline === null) throw new PreflightFailed('is in recovery, a standby')
      return timeline
    } finally {
      client.release(isLost)
    }
  }
}

class Hosts implements OwnPool {
  readonly #hosts: readonly Host[]
  readonly #clients = new WeakMap<PostgresClient, PostgresClient>()
  readonly #polling: NodeJS.Timeout
  /** The last one; null: since then a connection was lost. */
  #compared: Comparison | null = null
  #comparing: Promise<Comparison> | null = null
  #current: Host | null = null
  /** A server of a lower timeline was replaced, although it may not know that. */
  #newest = ''

  constructor(hosts: readonly Host[]) {
    this.#hosts = hosts
    this.#polling = setInterval(() => {
      this.#compare().catch(() => {})
    }, compareMs).unref()
  }

  /** @see `Connections`, which closes a connection that is lost */
  async connect(): Promise<PostgresClient> {
    const host = await this.#primary()
    const client = await host.connect().catch((error: unknown) => {
      this.doubt()
      throw error
    })
    const known = this.#clients.get(client)
    if (known) return known
    const trusted = new TrustedClient(client, () => this.#require(host))
    this.#clients.set(client, trusted)
    return trusted
  }

  /** A connection was lost: another server may be the primary. */
  doubt(): void {
    this.#compared = null
  }

  // Each pool of a host has a listener of its own.
  on(): this {
    return this
  }

  removeListener(): this {
    return this
  }

  async end(): Promise<void> {
    clearInterval(this.#polling)
    await Promise.all(this.#hosts.map((host) => host.end()))
  }

  /** Throws when another server is the primary. */
  async #require(host: Host): Promise<void> {
    const primary = await this.#primary()
    if (primary !== host) throw new Error(`${host.address} was replaced by ${primary.address}`)
  }

  /** By a comparison that is at most `comparedMs` old. */
  async #primary(): Promise<Host> {
    const since = performance.now() - comparedMs
    for (;;) {
      const compared = this.#compared ?? (await this.#compare())
      const { at, primary } = compared
      if (at >= since && primary.timeline >= this.#newest) return primary.host
      if (this.#compared === compared) this.#compared = null
    }
  }

  /** One at a time. */
  #compare(): Promise<Comparison> {
    return (this.#comparing ??= this.#begin().finally(() => (this.#comparing = null)))
  }

  async #begin(): Promise<Comparison> {
    const at = performance.now()
    const primary = await this.#search()
    if (this.#current && this.#current !== primary.host) this.#current.leave()
    this.#current = primary.host
    return (this.#compared = { at, primary })
  }

  async #search(): Promise<Primary> {
    const failures: string[] = []
    const answers = this.#hosts.map(async (host) => {
      try {
        const timeline = await host.ask()
        if (timeline < this.#newest) throw new PreflightFailed('was replaced by a standby of it')
        this.#newest = timeline
        return { host, timeline }
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
    return found.reduce((best, each) => (each.timeline > best.timeline ? each : best), first)
  }
}

/** An answer counts when the server is still the primary after it: it may have been frozen, and replaced, since the question. */
class TrustedClient implements PostgresClient {
  readonly #client: PostgresClient
  readonly #require: () => Promise<void>

  constructor(client: PostgresClient, require: () => Promise<void>) {
    this.#client = client
    this.#require = require
  }

  async query(query: PostgresQuery): ReturnType<PostgresClient['query']> {
    const answer = await this.#client.query(query)
    await this.#require()
    return answer
  }

  release(destroy?: boolean): void {
    this.#client.release(destroy)
  }

  on(event: 'error', listener: (error: Error) => void): unknown {
    return this.#client.on(event, listener)
  }

  removeListener(event: 'error', listener: (error: Error) => void): unknown {
    return this.#client.removeListener(event, listener)
  }
}
