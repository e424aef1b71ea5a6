/** Calls that a host makes while it answers a request: each waits for the store no longer than one request may. */
import type { Rekey } from './plugin.ts'
import { inRequest } from './store/requestDeadline.ts'

export function limitHostCalls(rekey: Rekey): Rekey {
  return {
    ...rekey,
    loginResult(accountId, facts, browser) {
      // A host in JavaScript may give anything, which the call itself refuses.
      const req: unknown = browser?.req
      const key = typeof req === 'object' ? req : null
      return inRequest(key, () => rekey.loginResult(accountId, facts, browser))
    },
    newGrant: (wanted) => inRequest(null, () => rekey.newGrant(wanted)),
    reset: (request) => inRequest(null, () => rekey.reset(request)),
    state: (accountId) => inRequest(null, () => rekey.state(accountId)),
    endSessions: (accountId, because, by) => inRequest(null, () => rekey.endSessions(accountId, because, by)),
  }
}
