/** A TCP proxy to a database that can hold bytes back: they are neither lost nor refused until it releases or cuts them. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Proxy {
  /** Of Redis behind it. */
  readonly url: string
  readonly port: number
  /** Holds bytes in both directions or answers only, now or from the first command with `word`; new connections are accepted. */
  hold(what: 'everything' | 'answers', word?: string): void
  /** Forwards the held bytes. */
  release(): void
  /** Breaks every connection and drops the held bytes; new connections work. */
  cut(): void
  /** Breaks every connection; new ones lead to this port. */
  lead(port: number): void
  close(): Promise<void>
}

export async function startProxy(first: number): Promise<Proxy> {
  let target = first
  const pairs = new Set<{ client: Socket; server: Socket }>()
  let held: 'everything' | 'answers' | 'nothing' = 'nothing'
  let awaited: { readonly word: string; readonly what: 'everything' | 'answers' } | null = null
  const apply = ({ client, server }: { client: Socket; server: Socket }) => {
    if (held === 'everything') client.pause()
    else client.resume()
    if (held === 'nothing') server.resume()
    else server.pause()
  }
  const proxy = createServer((client) => {
    const server = connect(target, '127.0.0.1')
    const pair = { client, server }
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server])
      socket
        .setNoDelay()
        .on('error', () => {})
        .on('close', end)
    server.on('data', (data) => client.write(data))
    client.on('data', (data) => {
      if (awaited && data.includes(awaited.word)) set(awaited.what)
      server.write(data)
    })
    apply(pair)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const set = (what: typeof held) => {
    held = what
    awaited = null
    for (const pair of pairs) apply(pair)
  }
  const cut = () => {
    held = 'nothing'
    awaited = null
    for (const { client, server } of pairs) {
      client.destroy()
      server.destroy()
    }
  }
  const { port } = proxy.address() as AddressInfo
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    hold(what, word) {
      if (word === undefined) set(what)
      else awaited = { word, what }
    },
    release: () => set('nothing'),
    cut,
    lead(next) {
      target = next
      cut()
    },
    async close() {
      cut()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
