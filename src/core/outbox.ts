/** The outbox of a record: what a change owes is written by that very change, and settled afterwards, as often as it takes. */
import type { Account, Purpose } from './account.ts'
import { OWED_LIMIT } from './rules.ts'
import type {
  AuditLine,
  AuditType,
  Caller,
  Debt,
  Decision,
  Event,
  LinkMail,
  Notice,
  Owed,
  Settled,
} from './vocabulary.ts'

/** The change with its debts; refused whole when the record can hold no more. */
export function done(account: Account, event: Event, now: number, debts: readonly Debt[]): Decision {
  const owing = owe(account, now, debts)
  return owing ? { is: 'done', account: owing, event } : { is: 'refused', refusal: { is: 'too-much-owed' } }
}

/** A record with more debts, or null when it can hold no more. */
export function owe(account: Account, now: number, debts: readonly Debt[]): Account | null {
  if (account.owed.length + debts.length > OWED_LIMIT) return null
  const owed = debts.map((debt, index): Owed => ({
    ...debt,
    // The epoch is never used twice, so neither is the id, even after a lost record was begun anew.
    id: `${account.epoch}.${account.owedCount + index}`,
    at: now,
    nextAt: now,
    tries: 0,
  }))
  return { ...account, owed: [...account.owed, ...owed], owedCount: account.owedCount + debts.length }
}

export const audit = (type: AuditType, by: Caller, more: Partial<AuditLine> = {}): Debt => ({
  is: 'audit',
  line: { type, outcome: 'done', reason: null, target: null, ...by, ...more },
})

export const refusedAudit = (type: AuditType, by: Caller, reason: string, target: string | null = null): Debt =>
  audit(type, by, { outcome: 'refused', reason, target })

/** Of what its reader may have done themselves: they are told in which browser. */
export const ownNotice = (notice: Notice, { device }: Caller): Debt => ({
  is: 'notice',
  notice,
  ...(device ? { device } : {}),
})

/** When the worker should look at this record again, or null. */
export const wakeAt = (account: Account): number | null =>
  account.owed.length === 0 ? null : Math.min(...account.owed.map((owed) => owed.nextAt))

type OwedLinkMail = Extract<Owed, { is: LinkMail }>

/** A letter with a link in it. */
export const isLinkMail = (owed: Owed): owed is OwedLinkMail =>
  owed.is === 'reset-mail' || owed.is === 'invitation-mail' || owed.is === 'password-mail'

/** What the link in a letter is for. */
export const leadsToOf = ({ is }: OwedLinkMail): Purpose => leadsTo[is]
const leadsTo: { readonly [M in LinkMail]: Purpose } = {
  'reset-mail': 'reset',
  'invitation-mail': 'invitation',
  'password-mail': 'password',
}

const told = {
  'reset-mail': { accepted: 'two_factor.reset.mail_accepted', failed: 'two_factor.reset.mail_failed' },
  'invitation-mail': { accepted: 'account.invitation_mail_accepted', failed: 'account.invitation_mail_failed' },
  'password-mail': { accepted: 'account.password_mail_accepted', failed: 'account.password_mail_failed' },
} as const

/** A letter whose link is dead must not arrive: what still waits is withdrawn. */
export function withdrawDeadMail(account: Account): Account {
  const live = new Set(account.links.filter((link) => link.fate.is === 'live').map((link) => link.resetId))
  const dead = (owed: Owed): boolean => isLinkMail(owed) && !live.has(owed.resetId)
  const withdrawn = new Set(account.owed.filter(dead).map((owed) => (isLinkMail(owed) ? owed.resetId : '')))
  if (withdrawn.size === 0) return account
  return {
    ...account,
    owed: account.owed.filter((owed) => !dead(owed)),
    resets: account.resets.map((reset) =>
      withdrawn.has(reset.id) ? { ...reset, mail: { ...reset.mail, status: 'withdrawn' } } : reset,
    ),
  }
}

/** Of several passwords only the newest is to arrive. */
export const withoutPassword = (owed: readonly Owed[]): Owed[] => owed.filter(({ is }) => is !== 'set-password')

export function settle(account: Account, results: readonly Settled[], now: number): Decision {
  let next = account
  const debts: Debt[] = []
  for (const { id, result } of results) {
    const owed = next.owed.find((one) => one.id === id)
    if (!owed) continue // settled by another process, or withdrawn meanwhile
    const rest = next.owed.filter((one) => one !== owed)
    next = {
      ...next,
      owed: result.is === 'again' ? [...rest, { ...owed, nextAt: result.at, tries: owed.tries + 1 }] : rest,
    }
    if (isLinkMail(owed)) {
      next = noteMail(next, owed.resetId, result, now)
      const line = { target: null, requestId: null, address: null, actor: null }
      if (result.is === 'done') debts.push(audit(told[owed.is].accepted, line))
      if (result.is === 'failed')
        debts.push(audit(told[owed.is].failed, line, { outcome: 'failed', reason: result.error }))
    }
    if (owed.is === 'purge' && owed.resetId && result.is === 'done') next = noteLogouts(next, owed.resetId, result)
  }
  if (next === account) return { is: 'repeated', event: { is: 'settled' } }
  return done(next, { is: 'settled' }, now, debts)
}

function noteMail(account: Account, resetId: string, result: Settled['result'], now: number): Account {
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

function noteLogouts(account: Account, resetId: string, result: Extract<Settled['result'], { is: 'done' }>): Account {
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
