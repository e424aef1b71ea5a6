/** A TCP proxy to a Redis whose answers come late, each by the same time. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface SlowRedis {
  readonly url: string
  /** How late answers are from now on. Milliseconds. */
  delay(ms: number): void
  close(): Promise<void>
}

export async function openSlowRedis(port: number): Promise<SlowRedis> {
  const sockets = new Set<Socket>()
  let delayMs = 0
  const proxy = createServer((client) => {
    const redis = connect(port, '127.0.0.1')
    // Answers keep their order when the delay changes.
    const forward = async (before: Promise<void>, data: Buffer, due: number): Promise<void> => {
      await before
      const rest = due - performance.now()
      if (rest > 0) await pause(rest)
      client.write(data)
    }
    let forwarded = Promise.resolve()
    redis.on('data', (data) => {
      const due = performance.now() + delayMs
      forwarded = forward(forwarded, data, due)
    })
    client.on('data', (data) => redis.write(data))
    const end = (): void => {
      for (const socket of [client, redis]) {
        sockets.delete(socket)
        socket.destroy()
      }
    }
    for (const socket of [client, redis]) {
      sockets.add(socket)
      socket
        .setNoDelay()
        .on('error', () => {})
        .on('close', end)
    }
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    delay(ms) {
      delayMs = ms
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
