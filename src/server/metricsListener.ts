/** The listener of Prometheus: `GET /metrics` and nothing else. */
import { createServer, type Server } from 'node:http'
import { listen } from './listen.ts'

/** That of `prom-client`, which is loaded only where values are. */
const FORMAT = 'text/plain; version=0.0.4; charset=utf-8'

/** Resolves when it listens. */
export async function listenForMetrics(port: number, host: string, text: () => Promise<string>): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return void response.writeHead(404).end()
    text().then(
      (body) => response.writeHead(200, { 'Content-Type': FORMAT }).end(body),
      () => response.writeHead(500).end(),
    )
  })
  await listen(server, { host, port, key: 'METRICS_PORT (metrics_port)' })
  return server
}
