/** What one check reads is kept until it is over: a request of the library, or a check of a token or session outside of one. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type AdapterPayload, Provider } from 'oidc-provider'

interface Check {
  /** Called with the row of a token or session as soon as it is read, before anything about it is verified. */
  readonly onRow: (payload: AdapterPayload) => void
}

const checks = new AsyncLocalStorage<Check>()

/** Identifies the request or check; undefined: what is read now belongs to none. */
export const readScope = (): object | undefined => Provider.ctx ?? checks.getStore()

export const inCheck = <T>(check: Check, work: () => Promise<T>): Promise<T> => checks.run(check, work)

export const announceRow = (payload: AdapterPayload): void => checks.getStore()?.onRow(payload)
