/**
 * Store and number of processes of a server under test. STORE=redis and PROCESSES=2 run every journey and every attack on Redis with two
 * processes, whose requests alternate.
 */
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { Agent, createServer, request } from 'node:http'
import { join } from 'node:path'
import { type RedisServer, startRedis } from './redisServer.ts'

export interface Deployment {
  readonly store: 'sqlite' | 'redis'
  readonly processes: number
}

/** The default. */
export const deployment: Deployment = {
  store: process.env['STORE'] === 'redis' ? 'redis' : 'sqlite',
  processes: Number(process.env['PROCESSES'] ?? 1),
}

/** A Redis with its data in the server's directory. @param port of a killed one, to restart it */
export async function startStore(dataDirectory: string, port?: number): Promise<RedisServer> {
  const directory = join(dataDirectory, 'redis')
  await mkdir(directory, { recursive: true })
  const args = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
  return startRedis({ directory, args, ...(port !== undefined && { port }) })
}

export interface Proxy {
  close(): Promise<void>
}

/** One address for several processes; each request goes to the next process. */
export async function startProxy(port: number, ports: readonly number[]): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true })
  let turn = 0
  const server = createServer((req, res) => {
    const target = ports[turn++ % ports.length]
    const onward = request({
      agent,
      host: '127.0.0.1',
      port: target,
      method: req.method,
      path: req.url,
      headers: req.headers,
    })
    onward.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(res)
    })
    onward.on('error', () => {
      if (!res.headersSent) res.writeHead(502)
      res.end()
    })
    req.pipe(onward)
  })
  // The tests and this proxy share one busy event loop: the next request would meet a connection that was closed as idle.
  server.keepAliveTimeout = 60_000
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    async close() {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}
