/**
 * The master that sentinels name. All of them are asked: one that was cut off still names the master before. Every second they are asked
 * again, since a master that was replaced accepts connections, and with wrong settings writes, for ten seconds more. While the one that
 * leads a failover gives the other replicas their new master, it names the new master by GET-MASTER-ADDR-BY-NAME only.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailable } from '../../errors.ts'
import { before, PreflightFailed, reason } from '../remote.ts'
import { type Access, type Client, clientOptions, type Endpoint, nameOf, newClient } from './client.ts'
import { isReply } from './errors.ts'
import type { Keys } from './keys.ts'
import { RedisNode } from './node.ts'
import { unsteady, type View, viewOf } from './sentinelView.ts'
import type { Server, Topology, Traffic } from './server.ts'
import { findMs, greetingMs, sentinelMs, sentinelPollMs } from './timeouts.ts'

interface Settings {
  /** Of the master, as the sentinels know it. */
  readonly master: string
  readonly sentinels: readonly Endpoint[]
  /** For the sentinels, and for Redis. */
  readonly sentinelAccess: Access
  readonly access: Access
  readonly keys: Keys
}

export class Sentinels implements Topology {
  readonly name: string
  readonly keys: Keys
  readonly startMs = findMs
  readonly #settings: Settings
  readonly #clients = new Map<Endpoint, Promise<Client>>()
  /** Where each process was found. */
  readonly #found = new WeakMap<object, Endpoint>()
  #knownReplicas = Infinity
  #isClosed = false

  constructor(settings: Settings) {
    this.#settings = settings
    this.keys = settings.keys
    this.name = `Redis Sentinel ${settings.master} at ${settings.sentinels.map(nameOf).join(',')}`
  }

  async connect(traffic: Traffic, stepMs: number): Promise<Server> {
    const { endpoint } = await this.#latest(stepMs)
    const options = clientOptions(this.#settings.access, endpoint)
    const watch = (notify: (error: unknown) => void) => this.#watch(endpoint, notify)
    const node = await RedisNode.connect({ topology: this, options, traffic, stepMs, isBehindSentinels: true, watch })
    this.#found.set(await node.processOf(), endpoint)
    return node
  }

  /**
   * With all replicas there is none without the record that could take over. With fewer, the sentinels must agree.
   */
  async requireSteady(replicas: number, process: object): Promise<void> {
    if (replicas >= this.#knownReplicas) return
    const views = (await this.#ask(greetingMs)).filter((answer) => 'epoch' in answer)
    const fault = unsteady(views, this.#settings.sentinels.length, this.#found.get(process))
    if (fault !== null) throw new StoreUnavailable(`${this.name}: ${fault}`)
  }

  close(): void {
    this.#isClosed = true
    for (const sentinel of this.#settings.sentinels) this.#forget(sentinel)
  }

  #watch(endpoint: Endpoint, notify: (error: unknown) => void): () => void {
    const compare = async () => {
      const latest = await this.#latest(greetingMs).catch(() => null)
      if (latest && nameOf(latest.endpoint) !== nameOf(endpoint))
        notify(new Error(`the sentinels name another master, ${nameOf(latest.endpoint)}`))
    }
    const polling = setInterval(() => void compare(), sentinelPollMs).unref()
    return () => clearInterval(polling)
  }

  /** The view with the highest epoch. */
  async #latest(within: number): Promise<View> {
    const answers = await this.#ask(within)
    const views = answers.filter((answer) => 'epoch' in answer).toSorted((a, b) => b.epoch - a.epoch)
    const [latest] = views
    if (!latest) throw this.#fault(answers.filter((answer) => answer instanceof Error))
    this.#knownReplicas = Math.max(...views.map((view) => view.replicas))
    return latest
  }

  #fault(errors: readonly Error[]): Error {
    const reply = errors.find(isReply)
    // A wrong name or password must be corrected by the operator.
    if (reply) return new PreflightFailed(`cannot be asked: the sentinels answer ${reply.message}`)
    return new StoreUnavailable(`${this.name}: no sentinel has answered: ${reason(errors[0])}`)
  }

  /** The answers of all, or of those that have answered in the time in which all should. */
  async #ask(within: number): Promise<(View | Error)[]> {
    const answers: (View | Error)[] = []
    const until = performance.now() + within
    const views = this.#settings.sentinels.map(async (sentinel) => {
      try {
        const view = await before(until, this.#view(sentinel))
        answers.push(view)
      } catch (error) {
        if (!isReply(error)) this.#forget(sentinel)
        answers.push(error as Error)
        throw error
      }
    })
    const all = Promise.allSettled(views)
    const some = Promise.any([Promise.any(views), all])
    await Promise.race([all, Promise.all([some, pause(sentinelMs, undefined, { ref: false })])])
    return [...answers]
  }

  async #view(sentinel: Endpoint): Promise<View> {
    const client = await this.#clientOf(sentinel)
    const { master } = this.#settings
    const [address, described] = await Promise.all([
      client.sendCommand<[string, string]>(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]),
      client.sendCommand<Record<string, string>>(['SENTINEL', 'MASTER', master]),
    ])
    return viewOf(address, described)
  }

  #clientOf(sentinel: Endpoint): Promise<Client> {
    const known = this.#clients.get(sentinel)
    if (known) return known
    if (this.#isClosed) throw new StoreUnavailable('the store is closed')
    const client = newClient(clientOptions(this.#settings.sentinelAccess, sentinel))
    const connected = client.connect().then(
      () => client,
      (error: unknown) => {
        client.destroy()
        throw error
      },
    )
    this.#clients.set(sentinel, connected)
    client.on('error', () => this.#forget(sentinel, connected))
    return connected
  }

  #forget(sentinel: Endpoint, only?: Promise<Client>): void {
    const known = this.#clients.get(sentinel)
    if (!known || (only && known !== only)) return
    this.#clients.delete(sentinel)
    known.then(
      (client) => client.destroy(),
      () => {},
    )
  }
}
