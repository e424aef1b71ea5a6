/**
 * Counts an account's sessions and grants, and deletes those of older epochs after a logout token to every relying party concerned.
 * Reads below the epoch filter. Enforcement is the filter's; this only cleans up.
 */
import type { Ended } from '../core/account.ts'
import type { EndedClient } from '../core/effect.ts'
import { KEPT_CLIENTS } from '../core/rules.ts'
import { NotAttached } from '../errors.ts'
import type { PurgeResult } from '../accounts/effects.ts'
import type { ClientLogout, LogoutOutcome } from './clientLogout.ts'
import { type AccountRows, epochOf } from './rows.ts'
import { stampOf } from './stamp.ts'

export interface Revocation {
  count(accountId: string, epoch: number): Promise<Omit<Ended, 'backupCodes'>>
  purge(accountId: string, epoch: number, final: boolean): Promise<PurgeResult>
}

export function createRevocation(rows: () => AccountRows, clientLogout: ClientLogout): Revocation {
  async function stateOf(clientId: string): Promise<EndedClient> {
    try {
      const client = await clientLogout.clientOf(clientId)
      return { clientId, backchannelLogout: client?.backchannelLogoutUri ? 'queued' : 'none' }
    } catch (error) {
      // A command has no provider. The purge, which a server dispatches, says what became of it.
      if (error instanceof NotAttached) return { clientId, backchannelLogout: 'queued' }
      throw error
    }
  }

  /** True: every logout token was delivered. */
  async function purgeSessions(
    { accountId, epoch, final }: { readonly accountId: string; readonly epoch: number; readonly final: boolean },
    outcomes: Map<string, LogoutOutcome>,
  ): Promise<boolean> {
    let isComplete = true
    for await (const { id, row } of rows().all('Session', accountId)) {
      if ((epochOf(row) ?? -1) >= epoch) continue
      const sent = await clientLogout.send({ accountId, authorizations: row.authorizations })
      for (const [clientId, outcome] of sent)
        if (outcomes.get(clientId)?.is !== 'failed') outcomes.set(clientId, outcome)
      if (final || [...sent.values()].every(({ is }) => is !== 'failed')) await rows().endSession(id)
      else isComplete = false
    }
    return isComplete
  }

  return {
    async count(accountId, epoch) {
      const clientIds = new Set<string>()
      let sessions = 0
      for await (const { row } of rows().present('Session', accountId)) {
        if (epochOf(row) !== epoch) continue
        sessions += 1
        for (const clientId of Object.keys(row.authorizations ?? {})) clientIds.add(clientId)
      }
      let grants = 0
      for await (const { id } of rows().present('Grant', accountId)) if (stampOf(id).epoch === epoch) grants += 1
      const clients = await Promise.all([...clientIds].slice(0, KEPT_CLIENTS).map(stateOf))
      return { sessions, grants, clients }
    },

    async purge(accountId, epoch, final) {
      const outcomes = new Map<string, LogoutOutcome>()
      const isComplete = await purgeSessions({ accountId, epoch, final }, outcomes)
      for await (const { id } of rows().all('Grant', accountId))
        if (stampOf(id).epoch < epoch) await rows().endGrant(id)
      const clients = [...outcomes].map(([clientId, outcome]) => ({
        clientId,
        backchannelLogout: outcome.is,
        ...(outcome.is === 'failed' ? { lastError: outcome.why } : {}),
      }))
      return { clients, incomplete: !isComplete }
    },
  }
}
