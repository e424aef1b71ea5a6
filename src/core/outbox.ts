/** The outbox of a record: what a change owes is written by that very change, and settled afterwards, as often as it takes. */
import type { Account } from './account.ts'
import type { Purpose } from './link.ts'
import type { AuditLine, AuditType, Effect, LinkMail, Notice, OutboxEntry, EffectOutcome } from './effect.ts'
import type { Caller } from './command.ts'
import { type Decision, done } from './decision.ts'

export const audit = (type: AuditType, by: Caller, more: Partial<AuditLine> = {}): Effect => ({
  is: 'audit',
  line: { type, outcome: 'done', reason: null, target: null, ...by, ...more },
})

export const refusedAudit = (type: AuditType, by: Caller, reason: string, target: string | null = null): Effect =>
  audit(type, by, { outcome: 'refused', reason, target })

/** Of what its reader may have done themselves: they are told in which browser. */
export const ownNotice = (notice: Notice, { device }: Caller): Effect => ({
  is: 'notice',
  notice,
  ...(device ? { device } : {}),
})

/** When the worker should look at this record again, or null. */
export const wakeAt = (account: Account): number | null =>
  account.outbox.length === 0 ? null : Math.min(...account.outbox.map((outbox) => outbox.nextAt))

type LinkEmailEntry = Extract<OutboxEntry, { is: LinkMail }>

/** A letter with a link in it. */
export const isLinkMail = (outbox: OutboxEntry): outbox is LinkEmailEntry =>
  outbox.is === 'reset-mail' || outbox.is === 'invitation-mail' || outbox.is === 'password-mail'

/** What the link in a letter is for. */
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

/** A letter whose link is dead must not arrive: what still waits is withdrawn. */
export function withdrawDeadMail(account: Account): Account {
  const live = new Set(account.links.filter((link) => link.state.is === 'live').map((link) => link.resetId))
  const dead = (outbox: OutboxEntry): boolean => isLinkMail(outbox) && !live.has(outbox.resetId)
  const withdrawn = new Set(account.outbox.filter(dead).map((outbox) => (isLinkMail(outbox) ? outbox.resetId : '')))
  if (withdrawn.size === 0) return account
  return {
    ...account,
    outbox: account.outbox.filter((outbox) => !dead(outbox)),
    resets: account.resets.map((reset) =>
      withdrawn.has(reset.id) ? { ...reset, mail: { ...reset.mail, status: 'withdrawn' } } : reset,
    ),
  }
}

/** Of several passwords only the newest is to arrive. */
export const withoutPassword = (outbox: readonly OutboxEntry[]): OutboxEntry[] =>
  outbox.filter(({ is }) => is !== 'set-password')

export function recordEffects(account: Account, results: readonly EffectOutcome[], now: number): Decision {
  let next = account
  const effects: Effect[] = []
  for (const { id, result } of results) {
    const outbox = next.outbox.find((entry) => entry.id === id)
    if (!outbox) continue // settled by another process, or withdrawn meanwhile
    const rest = next.outbox.filter((entry) => entry !== outbox)
    next = {
      ...next,
      outbox: result.is === 'again' ? [...rest, { ...outbox, nextAt: result.at, tries: outbox.tries + 1 }] : rest,
    }
    if (isLinkMail(outbox)) {
      next = noteMail(next, outbox.resetId, result, now)
      const line = { target: null, requestId: null, address: null, actor: null }
      if (result.is === 'done') effects.push(audit(audited[outbox.is].accepted, line))
      if (result.is === 'failed')
        effects.push(audit(audited[outbox.is].failed, line, { outcome: 'failed', reason: result.error }))
    }
    if (outbox.is === 'purge' && outbox.resetId && result.is === 'done')
      next = noteLogouts(next, outbox.resetId, result)
  }
  if (next === account) return { is: 'repeated', event: { is: 'effects-recorded' } }
  return done(next, { is: 'effects-recorded' }, now, effects)
}

function noteMail(account: Account, resetId: string, result: EffectOutcome['result'], now: number): Account {
  return {
    ...account,
    resets: account.resets.map((reset) =>
      reset.id !== resetId
        ? reset
        : {
            ...reset,
            mail: {
              status: result.is === 'done' ? 'accepted' : result.is === 'failed' ? 'failed' : 'queued',
              attempts: reset.mail.attempts + 1,
              acceptedAt: result.is === 'done' ? now : null,
              lastError: result.is === 'done' ? null : result.error,
            },
          },
    ),
  }
}

function noteLogouts(
  account: Account,
  resetId: string,
  result: Extract<EffectOutcome['result'], { is: 'done' }>,
): Account {
  const outcomes = new Map((result.clients ?? []).map((client) => [client.clientId, client]))
  return {
    ...account,
    resets: account.resets.map((reset) =>
      reset.id !== resetId
        ? reset
        : {
            ...reset,
            ended: {
              ...reset.ended,
              clients: reset.ended.clients.map((client) => outcomes.get(client.clientId) ?? client),
            },
          },
    ),
  }
}
