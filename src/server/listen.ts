/** Opens a listener, or says in one sentence why it cannot be opened and what to do. */
import { once } from 'node:events'
import type { Server } from 'node:http'

export interface ListenAt {
  readonly host: string
  readonly port: number
  /** The key of the configuration that sets the port, and its variable. */
  readonly key: string
}

export async function listen(server: Server, at: ListenAt): Promise<void> {
  server.listen(at.port, at.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(sentenceOf(error as NodeJS.ErrnoException, at), { cause: error })
  }
}

/** The neighbour is the sample application's. */
const anotherPort = ({ key, port }: ListenAt): string =>
  `${key.split(' ', 1)[0]}=${port < 65_000 ? port + 100 : port - 100}`

function sentenceOf({ code, message }: NodeJS.ErrnoException, at: ListenAt): string {
  const { host, port, key } = at
  switch (code) {
    case 'EADDRINUSE':
      return `${key}: ${port} on ${host} is taken by another process. Stop it, or choose another port, such as ${anotherPort(at)}`
    case 'EACCES':
      return `${key}: this user may not listen on ${port}. Choose a port from 1024 on, or grant CAP_NET_BIND_SERVICE`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST: this machine has no address ${host} (${code})`
    case undefined:
    default:
      return `${key}: cannot listen on ${host}:${port} (${message})`
  }
}
