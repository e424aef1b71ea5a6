/** The options of every client of node-redis: exactly one TCP connection, which is never made again. */
import { createClient, createCluster } from 'redis'
import { trustedAuthorities } from '../../crypto/authorities.ts'
import { findMs, idleMs, pingMs } from './timeouts.ts'

/** Unanswered commands. Count; more are refused at once instead of queuing before a slow server. */
const mostPending = 5000
/** Redirections of one command. Count; a slot that moves needs two. */
const mostRedirections = 5

export type ClientOptions = ReturnType<typeof clientOptions>
export type Client = ReturnType<typeof newClient>
export type Cluster = ReturnType<typeof newCluster>

export interface Access {
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly tls?: boolean | undefined
  /** PEM: authorities trusted beside those of Node.js. */
  readonly ca?: string | undefined
}

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** A new object each time: createClient writes into its options. */
export function clientOptions({ username, password, tls, ca }: Access, endpoint?: Endpoint | { readonly url: string }) {
  const { url, ...address } = { url: undefined, ...endpoint }
  return {
    ...(url === undefined ? {} : { url }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    name: 'oidc-rekey',
    disableClientInfo: true,
    maintNotifications: 'disabled' as const,
    // No reconnecting and no offline queue: an answer must come from the connection of its command.
    disableOfflineQueue: true,
    commandsQueueMaxLength: mostPending,
    pingInterval: pingMs,
    // Off: it ends before a command is written, so the deadline of connection.ts is needed anyway; costs 10 µs a command.
    commandOptions: { timeout: 0 },
    socket: {
      ...address,
      ...(tls ? { tls: true as const } : {}),
      ...(ca === undefined ? {} : { ca: [...trustedAuthorities(), ca] }),
      // Each caller has a shorter limit of its own; this one is judged before what has arrived is read.
      connectTimeout: findMs,
      socketTimeout: idleMs,
      reconnectStrategy: false as const,
    },
  }
}

/** `host:port`, where an IPv6 address is in brackets. */
export function endpointOf(address: string): Endpoint {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(address) ?? []
  if (host === undefined || Number(port) > 65_535) throw new TypeError(`${address} is not host:port`)
  return { host, port: Number(port) }
}

export const nameOf = ({ host, port }: Endpoint): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

export function newClient(options: ClientOptions) {
  // Without a listener an error would end this process.
  return createClient(options).on('error', () => {})
}

/** @param first tells where the nodes are */
export function newCluster(first: Endpoint, access: Access) {
  return createCluster({
    rootNodes: [{ socket: { ...first } }],
    // Those of `rootNodes` are not used for the nodes that are found.
    defaults: clientOptions(access),
    commandOptions: { timeout: 0 },
    maxCommandRedirections: mostRedirections,
    topologyRefreshOnReconnectionAttemptStrategy: false,
  }).on('error', () => {})
}
