/** Requests that wait for a change. */
import type { Context } from 'koa'

/** Runs `wait` with a signal of the end of the connection. The metrics leave out the time that it takes. */
export async function waiting<T>(ctx: Context, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const gone = new AbortController()
  ctx.res.once('close', () => gone.abort())
  if (ctx.res.closed) gone.abort()
  const began = performance.now()
  try {
    return await wait(gone.signal)
  } finally {
    ctx.state['waitedMs'] = performance.now() - began
  }
}
