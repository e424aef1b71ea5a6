/** The nodes of a cluster: found by any that answers, those of the configuration or masters seen later. */
import { before } from '../remote.ts'
import { type Access, clientOptions, type Endpoint, nameOf, newClient, newCluster } from './client.ts'
import { ClusterServer } from './clusterServer.ts'
import { isReply } from './errors.ts'
import type { Keys } from './keys.ts'
import type { Server, Topology, Traffic } from './server.ts'
import { findMs } from './timeouts.ts'

export class ClusterTopology implements Topology {
  readonly name: string
  readonly keys: Keys
  readonly startMs = findMs
  readonly #nodes: readonly Endpoint[]
  readonly #access: Access
  #masters: readonly Endpoint[] = []

  constructor(nodes: readonly Endpoint[], access: Access, keys: Keys) {
    this.name = `Redis Cluster at ${nodes.map(nameOf).join(',')}`
    this.keys = keys
    this.#nodes = nodes
    this.#access = access
  }

  async connect(traffic: Traffic, stepMs: number): Promise<Server> {
    const first = await this.#firstThatAnswers(performance.now() + stepMs)
    const cluster = newCluster(first, this.#access)
    let cause: unknown
    cluster.on('error', (error: unknown) => {
      cause = error
    })
    try {
      // With a client for each master: one that does not answer makes the cluster unavailable, as it does by its own settings.
      await before(performance.now() + stepMs, cluster.connect()).catch((error: unknown) => {
        throw cause ?? error
      })
      const server = await ClusterServer.open({ cluster, topology: this, traffic }, stepMs)
      this.#masters = cluster.masters.map(({ host, port }) => ({ host, port }))
      return server
    } catch (error) {
      cluster.destroy()
      throw error
    }
  }

  /** The replicas of a shard should all confirm; the cluster prefers the one that has the most, which is not checked. */
  async requireSteady(): Promise<void> {}

  close(): void {}

  /** node-redis asks one after another, and waits for ever for the greeting of a frozen one. */
  async #firstThatAnswers(until: number): Promise<Endpoint> {
    const all = new Map([...this.#nodes, ...this.#masters].map((endpoint) => [nameOf(endpoint), endpoint]))
    const attempts = [...all.values()].map((endpoint) => ({
      endpoint,
      client: newClient(clientOptions(this.#access, endpoint)),
    }))
    try {
      const connected = attempts.map(async ({ endpoint, client }) => {
        await client.connect()
        return endpoint
      })
      return await before(until, Promise.any(connected))
    } catch (error) {
      if (!(error instanceof AggregateError)) throw error
      throw error.errors.find(isReply) ?? error.errors[0]
    } finally {
      for (const { client } of attempts) client.destroy()
    }
  }
}
