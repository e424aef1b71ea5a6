/**
 * A TCP proxy in front of one Redis of a Sentinel or Cluster rig. It is the address that the server announces, so that connections of this
 * project, of replicas and of everything else can be cut apart.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Recognised by what a connection sends first: the name that the driver gives it, or the handshake of a replica. */
export type Peer = 'application' | 'replica' | 'other'

export interface RedisProxy {
  readonly port: number
  /** Holds all bytes of such connections, without an error; new ones are accepted and held too. */
  hold(...peers: Peer[]): void
  /** Forwards the held bytes. */
  release(): void
  /** Breaks such connections, held ones too. New ones work. */
  cut(...peers: Peer[]): void
  close(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  peer: Peer
}

export async function startRedisProxy(port: number, target: number): Promise<RedisProxy> {
  const pairs = new Set<Pair>()
  let held: readonly Peer[] = []
  const apply = ({ client, server, peer }: Pair) => {
    for (const socket of [client, server])
      if (held.includes(peer)) socket.pause()
      else socket.resume()
  }
  const listener = createServer((client) => {
    const pair: Pair = { client, server: connect(target, '127.0.0.1'), peer: 'other' }
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      pair.server.destroy()
    }
    // Without noDelay WAIT would take the 40 ms of Nagle's algorithm.
    for (const socket of [client, pair.server])
      socket
        .setNoDelay()
        .on('error', () => {})
        .on('close', end)
    pair.server.on('data', (data) => client.write(data))
    client.on('data', (data) => {
      if (pair.peer === 'other') pair.peer = peerOf(data)
      pair.server.write(data)
      apply(pair)
    })
  }).listen(port, '127.0.0.1')
  await once(listener, 'listening')
  const all = (change: (pair: Pair) => void) => {
    for (const pair of pairs) change(pair)
  }
  const cut = (...peers: Peer[]) =>
    all(({ client, server, peer }) => {
      if (!peers.includes(peer)) return
      client.destroy()
      server.destroy()
    })
  return {
    port,
    hold(...peers) {
      held = peers
      all(apply)
    },
    release() {
      held = []
      all(apply)
    },
    cut,
    async close() {
      cut('application', 'replica', 'other')
      listener.close()
      await once(listener, 'close')
    },
  }
}

function peerOf(data: Buffer): Peer {
  if (data.includes('oidc-rekey')) return 'application'
  return /REPLCONF|PSYNC/i.test(data.toString('latin1')) ? 'replica' : 'other'
}
