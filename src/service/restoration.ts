/**
 * After the store was restored from a backup: ends in one account what the backup brings back. Each part is an act of its own, and a
 * repeated call does what is missing.
 */
import type { Caller } from '../core/command.ts'
import type { AuditType } from '../core/effect.ts'
import type { EndedAfterBackup, RestoredAccount } from '../core/restored.ts'
import type { AuditEvent, Person } from '../ports.ts'
import type { ServiceContext } from './context.ts'
import type { Passwords } from './passwords.ts'
import { newToken } from '../crypto/tokens.ts'
import { issueReset } from './resets.ts'

type Services = ServiceContext & { readonly passwords: Passwords }

const by: Caller = { actor: null, requestId: null, address: null }
const durable = { durable: true }

export async function restoreAccount(
  services: Services,
  id: string,
  ended: EndedAfterBackup,
): Promise<RestoredAccount> {
  const found = await services.directory.find(id)
  if (!found) return { is: 'unknown', reset: null, password: null }
  const person = ended.disabled ? await disabled(services, found) : found
  const stored = await services.accounts.getStored(id)
  // An account that waits for its invitation has neither, and its links are cancelled.
  const isPending = person.status === 'pending'
  const [endsFactor, endsPassword] = [ended.factor && !isPending, ended.password && !isPending]
  if (!stored && !endsFactor && !endsPassword && !ended.codes) return { is: 'unchanged', reset: null, password: null }
  const { restore, codes } = ended
  const command = { is: 'restore', id: restore, factor: endsFactor, codes, roles: person.roles, by } as const
  const outcome = await services.accounts.execute(id, () => command, durable)
  if (outcome.is === 'refused' && outcome.refusal.is === 'record-lost')
    return { is: 'lost', reset: null, password: null }
  if (outcome.is === 'refused') throw new Error(`not restored: ${outcome.refusal.is.replaceAll('-', ' ')}`)
  const password = endsPassword ? await endPassword(services, person, ended) : null
  const reset = endsFactor ? await startReset(services, person, ended) : null
  return { is: 'restored', reset, password }
}

async function disabled({ directory, signIns }: Services, person: Person): Promise<Person> {
  if (person.status === 'disabled') return person
  const changed = await directory.change?.(person.id, { status: 'disabled' })
  await signIns.endSessions(person.id, 'disabled', by)
  return changed && changed !== 'exists' ? changed : { ...person, status: 'disabled' }
}

/** Before a reset, which cancels links to a new password: one mailbox must not prove both. */
async function endPassword(
  { accounts, passwords }: Services,
  person: Person,
  { restore, factor, email }: EndedAfterBackup,
): Promise<'mailed' | 'ended'> {
  const stored = await accounts.getStored(person.id)
  if (passwords.keepsPasswords && stored?.password?.form !== restore) {
    const right = { is: 'restore' } as const
    await passwords.changePassword({ accountId: person.id, right, password: newToken().reveal(), form: restore }, by)
  }
  if (factor || email || !passwords.keepsPasswords) return 'ended'
  const sent = await passwords.sendPasswordLink(person, by)
  return sent.is === 'refused' ? 'ended' : 'mailed'
}

async function startReset(
  services: Services,
  person: Person,
  { restore, email }: EndedAfterBackup,
): Promise<'mailed' | 'frozen'> {
  if (email) return 'frozen'
  const key = JSON.stringify([restore, person.id])
  const { id } = services.actOf({ does: 'reset', actorId: '', key, target: person.id, what: [] })
  const account = await services.accounts.getStored(person.id)
  const request = { id, target: person, account, reason: 'restored from a backup', by }
  const outcome = await issueReset(services, request)
  return outcome.is === 'refused' ? 'frozen' : 'mailed'
}

export const restoredLine = (restore: string, reason: string, at: number): AuditEvent => ({
  id: `restored.${restore}`,
  at,
  type: 'service.restored' satisfies AuditType,
  actor: null,
  target: null,
  outcome: 'done',
  reason,
  requestId: null,
  address: null,
})
