/** The outbox of a record: effects that a change enqueues, and the outcomes of their dispatch. */
import type { Account, Reset } from './account.ts'
import type { Purpose } from './link.ts'
import type { AuditLine, AuditType, Effect, LinkMail, Notice, OutboxEntry, EffectOutcome } from './effect.ts'
import type { Caller } from './command.ts'
import { type Decision, done } from './decision.ts'

type AuditEffect = Extract<Effect, { is: 'audit' }>

export const audit = (type: AuditType, by: Caller, more: Partial<AuditLine> = {}): AuditEffect => ({
  is: 'audit',
  line: { type, outcome: 'done', reason: null, target: null, ...by, ...more },
})

export const refusedAudit = (type: AuditType, by: Caller, reason: string, target: string | null = null): Effect =>
  audit(type, by, { outcome: 'refused', reason, target })

/** A notice of an act that the recipient may have done: it names the browser. */
export const ownNotice = (notice: Notice, { device }: Caller): Effect => ({
  is: 'notice',
  notice,
  ...(device ? { device } : {}),
})

/** When the worker must read this record again; null: never. */
export const wakeAt = (account: Account): number | null =>
  account.outbox.length === 0 ? null : Math.min(...account.outbox.map(({ nextAt }) => nextAt))

type LinkEmailEntry = Extract<OutboxEntry, { is: LinkMail }>

/** An email that contains a link. */
export const isLinkMail = (entry: OutboxEntry): entry is LinkEmailEntry =>
  entry.is === 'reset-mail' || entry.is === 'invitation-mail' || entry.is === 'password-mail'

export const leadsToOf = ({ is }: LinkEmailEntry): Purpose => leadsTo[is]
const leadsTo: { readonly [M in LinkMail]: Purpose } = {
  'reset-mail': 'reset',
  'invitation-mail': 'invitation',
  'password-mail': 'password',
}

const audited = {
  'reset-mail': { accepted: 'two_factor.reset.mail_accepted', failed: 'two_factor.reset.mail_failed' },
  'invitation-mail': { accepted: 'account.invitation_mail_accepted', failed: 'account.invitation_mail_failed' },
  'password-mail': { accepted: 'account.password_mail_accepted', failed: 'account.password_mail_failed' },
} as const

/** Withdraws emails that wait with an ended link. */
export function withdrawDeadMail(account: Account): Account {
  const live = new Set(account.links.filter((link) => link.state.is === 'live').map((link) => link.resetId))
  const dead = account.outbox.filter(isLinkMail).filter(({ resetId }) => !live.has(resetId))
  const withdrawn = new Set(dead.map(({ resetId }) => resetId))
  if (withdrawn.size === 0) return account
  return {
    ...account,
    outbox: account.outbox.filter((entry) => !isLinkMail(entry) || live.has(entry.resetId)),
    resets: account.resets.map((reset) =>
      withdrawn.has(reset.id) ? { ...reset, mail: { ...reset.mail, status: 'withdrawn' } } : reset,
    ),
  }
}

/** Only the newest of several passwords may reach the directory. */
export const withoutPassword = (outbox: readonly OutboxEntry[]): OutboxEntry[] =>
  outbox.filter(({ is }) => is !== 'set-password')

export function recordEffects(account: Account, results: readonly EffectOutcome[], now: number): Decision {
  let next = account
  const effects: Effect[] = []
  for (const { id, result, isAudited } of results) {
    const entry = next.outbox.find((item) => item.id === id)
    if (!entry) continue // recorded by another process, or withdrawn
    const rest = next.outbox.filter((item) => item !== entry)
    const retry = result.is === 'again' ? [{ ...entry, nextAt: result.at, tries: entry.tries + 1 }] : []
    next = { ...next, outbox: [...rest, ...retry] }
    if (isLinkMail(entry)) next = noteMail(next, entry.resetId, result, now)
    if (entry.is === 'purge' && entry.resetId && result.is !== 'failed') next = noteLogouts(next, entry.resetId, result)
    if (!isAudited) effects.push(...outcomeLines(entry, result))
  }
  if (next === account) return { is: 'repeated', event: { is: 'effects-recorded' } }
  return done(next, { is: 'effects-recorded' }, now, effects)
}

/** An audit line about an outcome. Its id follows from the entry: after a crash the line is not written twice. */
type LineOfOutcome = AuditEffect & { readonly lineId: string }

/** What the audit says of an outcome: emails with a link, and applications that took no logout token. */
export function outcomeLines(entry: OutboxEntry, result: EffectOutcome['result']): LineOfOutcome[] {
  const by = { target: null, requestId: null, address: null, actor: null }
  const line = (type: AuditType, more: Partial<AuditLine> = {}): LineOfOutcome[] => [
    { is: 'audit', line: { type, outcome: 'done', reason: null, ...by, ...more }, lineId: `${entry.id}.${result.is}` },
  ]
  if (isLinkMail(entry)) {
    if (result.is === 'done') return line(audited[entry.is].accepted)
    if (result.is === 'failed') return line(audited[entry.is].failed, { outcome: 'failed', reason: result.error })
  }
  if (entry.is !== 'purge' || result.is !== 'done') return []
  const failed = (result.clients ?? []).filter(({ backchannelLogout }) => backchannelLogout === 'failed')
  if (failed.length === 0) return []
  const reason = failed.map(({ clientId, lastError = 'unknown' }) => `${clientId}: ${lastError}`).join(', ')
  return line('session.logout_failed', { outcome: 'failed', reason: reason.slice(0, LONGEST_REASON) })
}

/** Records keep it. Characters. */
const LONGEST_REASON = 200

function noteMail(account: Account, resetId: string, result: EffectOutcome['result'], now: number): Account {
  return changeReset(account, resetId, ({ mail }) => ({
    mail: {
      status: result.is === 'done' ? 'accepted' : result.is === 'failed' ? 'failed' : 'queued',
      attempts: mail.attempts + 1,
      acceptedAt: result.is === 'done' ? now : null,
      lastError: result.is === 'done' ? null : result.error,
    },
  }))
}

function noteLogouts(
  account: Account,
  resetId: string,
  { is, clients = [] }: Exclude<EffectOutcome['result'], { is: 'failed' }>,
): Account {
  // Another attempt follows: a failed one is not the last.
  const outcomes = new Map(
    clients.map((client) => [
      client.clientId,
      is === 'again' && client.backchannelLogout === 'failed'
        ? { ...client, backchannelLogout: 'queued' as const }
        : client,
    ]),
  )
  return changeReset(account, resetId, ({ ended }) => ({
    ended: { ...ended, clients: ended.clients.map((client) => outcomes.get(client.clientId) ?? client) },
  }))
}

const changeReset = (account: Account, id: string, change: (reset: Reset) => Partial<Reset>): Account => ({
  ...account,
  resets: account.resets.map((reset) => (reset.id === id ? { ...reset, ...change(reset) } : reset)),
})
