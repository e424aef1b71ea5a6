/** Keeps what one request of the library has read, until the request is over. Outside of requests nothing is kept. */
import { Provider } from 'oidc-provider'

export interface RequestMemory<T> {
  note(key: string, value: T): void
  noted(key: string): T | undefined
}

export function createRequestMemory<T>(): RequestMemory<T> {
  const memory = new WeakMap<object, Map<string, T>>()
  return {
    note(key, value) {
      const { ctx } = Provider
      if (!ctx) return
      const values = memory.get(ctx) ?? new Map<string, T>()
      memory.set(ctx, values.set(key, value))
    },
    noted: (key) => (Provider.ctx ? memory.get(Provider.ctx)?.get(key) : undefined),
  }
}
