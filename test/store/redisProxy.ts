/** A line to Redis that can be held: what is sent meanwhile is neither lost nor refused, it does not arrive. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Proxy {
  readonly url: string
  /** Nothing passes, either way or only the answers; new connections are taken and lead nowhere. From now, or from this word on. */
  hold(what: 'everything' | 'answers', word?: string): void
  /** What was held arrives, late. */
  release(): void
  /** Breaks every connection; held answers are lost, new connections pass again. */
  cut(): void
  close(): Promise<void>
}

export async function startProxy(port: number): Promise<Proxy> {
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
    const server = connect(port, '127.0.0.1')
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
    for (const { client, server } of pairs) {
      client.destroy()
      server.destroy()
    }
  }
  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    hold(what, word) {
      if (word === undefined) set(what)
      else awaited = { word, what }
    },
    release: () => set('nothing'),
    cut,
    async close() {
      cut()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
