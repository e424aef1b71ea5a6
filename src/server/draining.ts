/** The end of a listener: no connection comes, those that are open end. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'

/** Longest wait for running requests. Milliseconds; a back-channel logout takes up to 2.5 s. */
const DRAIN_MS = 5000
/** Interval of closing connections whose last request has been answered. Milliseconds. */
const IDLE_MS = 100
/** Added to the lifetime of idle connections: the longest request, and the longest wait for it. Milliseconds. */
const LONGEST_REQUEST_MS = 35_000

export interface Draining {
  /** For a process that is to end: idle connections are closed, running requests have five seconds. */
  quickly(): Promise<void>
  /**
   * For a process that another replaces: idle connections keep the time that they were promised. Closed at once, one of them could have a
   * request on its way to us, which its client may not repeat.
   */
  slowly(): Promise<void>
}

/** @param onBegin called when it begins, for requests that would wait longer than this lasts */
export function createDraining(server: Server, onBegin: () => void = () => undefined): Draining {
  let closed: Promise<unknown> | null = null

  function close(): Promise<unknown> {
    if (closed) return closed
    closed = once(server, 'close')
    onBegin()
    // The method of http.Server closes idle connections as well.
    NetServer.prototype.close.call(server)
    return closed
  }

  async function closedWithin(ms: number): Promise<void> {
    const timer = setTimeout(() => server.closeAllConnections(), ms)
    await close()
    clearTimeout(timer)
  }

  return {
    async quickly() {
      server.closeIdleConnections()
      const timer = setInterval(() => server.closeIdleConnections(), IDLE_MS)
      await closedWithin(DRAIN_MS)
      clearInterval(timer)
    },
    slowly: () => closedWithin(server.keepAliveTimeout + LONGEST_REQUEST_MS),
  }
}
