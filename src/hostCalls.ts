/** Calls that a host makes while it answers a request: each waits for the store no longer than one request may. */
import type { Rekey } from './plugin.ts'
import { inRequest } from './store/requestDeadline.ts'

export function limitHostCalls(rekey: Rekey): Rekey {
  return {
    ...rekey,
    loginResult: (accountId, facts, browser) =>
      inRequest(browser?.req, () => rekey.loginResult(accountId, facts, browser)),
    newGrant: (wanted) => inRequest(null, () => rekey.newGrant(wanted)),
    reset: (request) => inRequest(null, () => rekey.reset(request)),
    state: (accountId) => inRequest(null, () => rekey.state(accountId)),
    endSessions: (accountId, because, by) => inRequest(null, () => rekey.endSessions(accountId, because, by)),
  }
}

/** With these a sign-in page of the host reads and saves the interaction, before and after `loginResult`. */
interface InteractionCalls {
  interactionDetails(req: object, ...given: unknown[]): Promise<unknown>
  interactionResult(req: object, ...given: unknown[]): Promise<unknown>
  interactionFinished(req: object, ...given: unknown[]): Promise<unknown>
}

export function limitInteractionCalls(provider: InteractionCalls): void {
  for (const name of ['interactionDetails', 'interactionResult', 'interactionFinished'] as const) {
    const call = provider[name]
    const value: typeof call = (req, ...given) => inRequest(req, () => call.call(provider, req, ...given))
    Object.defineProperty(provider, name, { value, configurable: true, writable: true })
  }
}
