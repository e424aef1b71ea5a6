/** One Redis at a fixed address. */
import { type Access, clientOptions } from './client.ts'
import type { Keys } from './keys.ts'
import { RedisNode } from './node.ts'
import type { Server, Topology, Traffic } from './server.ts'
import { timeoutMs } from './timeouts.ts'

export function singleNode(url: string, access: Access, keys: Keys): Topology {
  const topology: Topology = {
    name: `Redis at ${addressOf(url)}`,
    keys,
    startMs: timeoutMs,
    connect: (traffic: Traffic, stepMs: number): Promise<Server> =>
      RedisNode.connect({ topology, options: clientOptions(access, { url }), traffic, stepMs }),
    // Which replica takes over is the decision of an operator.
    async requireSteady() {},
    close() {},
  }
  return topology
}

/** Host, port and number of the database; without user and password. */
function addressOf(url: string): string {
  // The error of `new URL` would carry the password into a log.
  const parsed = URL.parse(url)
  if (!parsed || !/^rediss?:$/.test(parsed.protocol)) {
    throw new TypeError('the URL of Redis must begin with redis:// or rediss://')
  }
  const database = parsed.pathname.replace(/^\/0?$/, '')
  return `${parsed.hostname || 'localhost'}:${parsed.port || '6379'}${database}`
}
