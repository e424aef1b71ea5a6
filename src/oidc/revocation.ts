/**
 * What an account has open, and the tidying after its epoch rose: a logout token to every relying party concerned, then the rows
 * are deleted. Reads below the waist, where the dead are still seen. Enforcement does not depend on any of this.
 */
import type { Provider } from 'oidc-provider'
import type { Ended } from '../core/account.ts'
import type { EndedClient } from '../core/effect.ts'
import { KEPT_CLIENTS } from '../core/rules.ts'
import type { PurgeResult } from '../accounts/effects.ts'
import type { Artefacts } from '../store/store.ts'
import { endGrant } from './endGrants.ts'
import { backchannelLogout } from './internals.ts'
import { readStamp, stampOfGrant } from './stamp.ts'

/** Rows read at a time. */
const PAGE = 100

interface SessionRow {
  readonly twoFactor?: unknown
  readonly authorizations?: Readonly<Record<string, { readonly sid?: string }>>
}

export interface Revocation {
  count(accountId: string, epoch: number): Promise<Omit<Ended, 'backupCodes'>>
  purge(accountId: string, epoch: number, final: boolean): Promise<PurgeResult>
}

export function createRevocation(
  artefacts: Artefacts,
  provider: () => Provider,
  onError: (error: unknown, doing: string) => void,
): Revocation {
  async function* rows<T>(kind: string, accountId: string): AsyncGenerator<{ id: string; row: T; text: string }> {
    for (let after = ''; ;) {
      const page = await artefacts.ofAccount(kind, accountId, after, PAGE)
      for (const { id, text } of page) yield { id, text, row: JSON.parse(text) as T }
      const last = page.at(-1)
      if (!last || page.length < PAGE) return
      after = last.id
    }
  }

  const epochOf = (row: SessionRow): number => readStamp(row.twoFactor)?.epoch ?? -1

  async function hasLogout(clientId: string): Promise<boolean> {
    const client = await provider()
      .Client.find(clientId)
      .catch(() => undefined)
    return Boolean(client?.backchannelLogoutUri)
  }

  /** One session's relying parties, each told once. */
  async function logOut(accountId: string, row: SessionRow): Promise<Map<string, EndedClient['backchannelLogout']>> {
    const audited = Object.entries(row.authorizations ?? {}).map(async ([clientId, { sid }]) => {
      const client = await provider()
        .Client.find(clientId)
        .catch(() => undefined)
      if (!client?.backchannelLogoutUri) return [clientId, 'none'] as const
      try {
        await backchannelLogout(client, accountId, sid)
        return [clientId, 'delivered'] as const
      } catch (error) {
        onError(error, `back-channel logout at ${clientId}`)
        return [clientId, 'failed'] as const
      }
    })
    return new Map(await Promise.all(audited))
  }

  return {
    async count(accountId, epoch) {
      const clientIds = new Set<string>()
      let sessions = 0
      for await (const { row } of rows<SessionRow>('Session', accountId)) {
        if (epochOf(row) !== epoch) continue
        sessions += 1
        for (const clientId of Object.keys(row.authorizations ?? {})) clientIds.add(clientId)
      }
      let grants = 0
      for await (const { id } of rows('Grant', accountId)) if (stampOfGrant(id)?.epoch === epoch) grants += 1
      const clients = await Promise.all(
        [...clientIds].slice(0, KEPT_CLIENTS).map(async (clientId): Promise<EndedClient> => ({
          clientId,
          backchannelLogout: (await hasLogout(clientId)) ? 'queued' : 'none',
        })),
      )
      return { sessions, grants, clients }
    },

    async purge(accountId, epoch, final) {
      const outcomes = new Map<string, EndedClient['backchannelLogout']>()
      let incomplete = false
      for await (const { id, row } of rows<SessionRow>('Session', accountId)) {
        if (epochOf(row) >= epoch) continue // a newer sign-in is never touched
        const audited = await logOut(accountId, row)
        const failed = [...audited.values()].includes('failed')
        for (const [clientId, outcome] of audited)
          if (outcomes.get(clientId) !== 'failed') outcomes.set(clientId, outcome)
        if (failed && !final) incomplete = true
        else await artefacts.delete('Session', id)
      }
      for await (const { id } of rows('Grant', accountId)) {
        if ((stampOfGrant(id)?.epoch ?? -1) >= epoch) continue
        await endGrant(artefacts, id)
      }
      const clients = [...outcomes].map(([clientId, outcome]) => ({ clientId, backchannelLogout: outcome }))
      return { clients, incomplete }
    },
  }
}
