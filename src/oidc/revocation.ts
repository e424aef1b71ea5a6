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
import { type AccountRows, batchesOf, epochOf, firstOf, type Found, type SessionRow } from './rows.ts'
import { stampOf } from './stamp.ts'

type Count = (accountId: string, epoch: number) => Promise<Omit<Ended, 'backupCodes'>>

/** Sessions whose logout tokens are sent at the same time. Count; a relying party may have many of one account. */
const SESSIONS_AT_ONCE = 20
/** Grants deleted at the same time. Count. */
const GRANTS_AT_ONCE = 100

export interface Revocation {
  /** Counts end at 1,000. */
  readonly count: Count
  purge(accountId: string, epoch: number, final: boolean): Promise<PurgeResult>
}

export function createRevocation(rows: () => AccountRows, clientLogout: ClientLogout): Revocation {
  /** Ends a session that has its logout tokens delivered; false: a relying party could not be reached, and it is kept. */
  async function purgeSession(
    { id, row }: Found<SessionRow>,
    { accountId, final }: { readonly accountId: string; readonly final: boolean },
    outcomes: Map<string, LogoutOutcome>,
  ): Promise<boolean> {
    const sent = await clientLogout.send({ accountId, authorizations: row.authorizations })
    for (const [clientId, outcome] of sent) if (outcomes.get(clientId)?.is !== 'failed') outcomes.set(clientId, outcome)
    if (!final && [...sent.values()].some(({ is }) => is === 'failed')) return false
    await rows().endSession(id)
    return true
  }

  async function purgeSessions(
    accountId: string,
    epoch: number,
    end: (session: Found<SessionRow>) => Promise<boolean>,
  ) {
    let isComplete = true
    for await (const some of batchesOf(rows().all('Session', accountId), SESSIONS_AT_ONCE)) {
      const ended = some.filter(({ row }) => (epochOf(row) ?? -1) < epoch).map(end)
      if ((await Promise.all(ended)).includes(false)) isComplete = false
    }
    return isComplete
  }

  async function purgeGrants(accountId: string, epoch: number): Promise<void> {
    for await (const some of batchesOf(rows().all('Grant', accountId), GRANTS_AT_ONCE))
      await Promise.all(some.filter(({ id }) => stampOf(id).epoch < epoch).map(({ id }) => rows().endGrant(id)))
  }

  return {
    count: createCount(rows, clientLogout),

    async purge(accountId, epoch, final) {
      const outcomes = new Map<string, LogoutOutcome>()
      const grants = purgeGrants(accountId, epoch)
      // Awaited after the sessions, whose outcomes a failure here must not cut short.
      grants.catch(() => undefined)
      const isComplete = await purgeSessions(accountId, epoch, (session) =>
        purgeSession(session, { accountId, final }, outcomes),
      )
      await grants
      const clients = [...outcomes].map(([clientId, outcome]) => ({
        clientId,
        backchannelLogout: outcome.is,
        ...(outcome.is === 'failed' ? { lastError: outcome.why } : {}),
      }))
      return { clients, incomplete: !isComplete }
    },
  }
}

function createCount(rows: () => AccountRows, clientLogout: ClientLogout): Count {
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

  async function countSessions(accountId: string, epoch: number) {
    const clientIds = new Set<string>()
    let sessions = 0
    for await (const { row } of firstOf(rows().present('Session', accountId))) {
      if (epochOf(row) !== epoch) continue
      sessions += 1
      for (const clientId of Object.keys(row.authorizations ?? {})) clientIds.add(clientId)
    }
    return { sessions, clients: await Promise.all([...clientIds].slice(0, KEPT_CLIENTS).map(stateOf)) }
  }

  async function countGrants(accountId: string, epoch: number): Promise<number> {
    let grants = 0
    for await (const { id } of firstOf(rows().present('Grant', accountId))) if (stampOf(id).epoch === epoch) grants += 1
    return grants
  }

  return async (accountId, epoch) => {
    const [counted, grants] = await Promise.all([countSessions(accountId, epoch), countGrants(accountId, epoch)])
    return { ...counted, grants }
  }
}
