/** A set-up: of the first authenticator, or of the one that a reset requires. */
import type { Account } from './account.ts'
import { disabledRefusal } from './authority.ts'
import { noAttempts } from './attempts.ts'
import { newFactor, newTotp, nextEpoch } from './authenticator.ts'
import { type Authenticator, changed, passkeysOf } from './authenticators.ts'
import type { CommandOf } from './command.ts'
import { done, type Decision, refused } from './decision.ts'
import type { Effect } from './effect.ts'
import { verifyEmail } from './emailVerification.ts'
import { completed, ended } from './links.ts'
import { audit, ownNotice, withdrawDeadMail, withoutPassword } from './outbox.ts'
import { confirmed, numberOf, withAccepted } from './passkeys.ts'
import { proofsRefusal, requiredProofs } from './proofs.ts'
import { flowClosed, isSignInOver, isUnfinished, linkOf, linkRefusal, linkUsed } from './questions.ts'
import type { Refusal } from './refusal.ts'
import type { Rules } from './rules.ts'

/**
 * The first confirmation wins; every other browser is refused. A repeated submission gets the same result only while the epoch is the one
 * that the set-up raised: a page that was kept open must not become a sign-in after a password change.
 */
export function enrol(account: Account, command: CommandOf<'enrol'>, now: number, rules: Rules): Decision {
  const disabled = disabledRefusal(command.status)
  if (disabled) return refused(disabled)
  const { factor } = account
  if (factor.is === 'active' && factor.binding === command.binding && factor.epoch === account.epoch)
    return corrected(account, command, now) ?? { is: 'repeated', event: { is: 'enrolled', at: factor.enrolledAt } }
  const refusal =
    flowRefusal(account, command, now) ??
    proofRefusal(account, command, now, rules) ??
    firstPasswordRefusal(account, command)
  if (refusal) return refused(refusal)
  const set = setUpOf(account, command, now)
  if (set.is !== 'set-up') return refused(set)

  const resetId = factor.is === 'reset' ? factor.resetId : null
  const { epoch, endedAt } = nextEpoch(account, now)
  const { sealedPassword } = command
  const closed = withdrawDeadMail({
    ...account,
    ...(sealedPassword !== null && {
      password: { at: now, epoch, via: 'invitation', form: null },
      outbox: withoutPassword(account.outbox),
    }),
    epoch,
    endedAt,
    attempts: noAttempts,
    ...set.more,
    factor: newFactor([set.authenticator], command.sealedCodes, { epoch, binding: command.binding, now }),
    links: ended(account.links, 'used', now, 'reset', 'invitation'),
    resets: account.resets.map((reset) => (reset.id === resetId ? completed(reset, command.flow, now) : reset)),
  })
  const wasOpen = account.resets.some((reset) => reset.id === resetId && isUnfinished(reset))
  const effects: Effect[] = [
    audit('two_factor.enrolled', command.by, { reason: command.flow }),
    ...(wasOpen ? [audit('two_factor.reset.completed', command.by, { reason: resetId })] : []),
    { is: 'purge', epoch, resetId: null, because: 'set-up' },
    ownNotice(
      {
        is: 'enrolled',
        via: command.flow,
        ...(factor.is === 'none' && { isFirst: true }),
        ...(set.authenticator.kind === 'passkey' && { isPasskey: true }),
      },
      command.by,
    ),
    ...(sealedPassword === null ? [] : [{ is: 'set-password', sealedPassword, epoch } as const]),
    { is: 'tell-directory', enrolledAt: now },
    ...verifyEmail(account, command, now, 'reset', 'invitation'),
  ]
  return done(closed, { is: 'enrolled', at: now }, now, effects)
}

/**
 * The confirmed authenticator, and what else the record keeps of it. A pending one protects nothing yet: if its wrong codes counted, a thief
 * could use up the victim's budget.
 */
function setUpOf(account: Account, command: CommandOf<'enrol'>, now: number): SetUp | Refusal {
  if (command.passkey === undefined)
    return command.step === null
      ? { is: 'code-incorrect', failures: 0 }
      : { is: 'set-up', authenticator: newTotp(command, command.step), more: {} }
  const found = confirmed(account, command, now)
  if (found.is !== 'right') return found
  return { is: 'set-up', authenticator: found.passkey, more: withAccepted(account, command.passkey) }
}

interface SetUp {
  readonly is: 'set-up'
  readonly authenticator: Authenticator
  readonly more: Partial<Account>
}

/**
 * A second tab of the same holder that creates a passkey overwrites the first one in the device: while the codes of this set-up are
 * not saved, the newer takes its place. Its challenge may have the number of the same set-up.
 */
function corrected(account: Account, command: CommandOf<'enrol'>, now: number): Decision | null {
  const { factor } = account
  if (factor.is !== 'active' || factor.backupCodes.savedAt !== null || command.passkey === undefined) return null
  // The owner has signed in elsewhere, and was shown other codes there: the passkey of this set-up works.
  if (factor.backupCodes.binding !== command.binding) return null
  const isOwn = factor.authenticators.some(({ kind, id }) => kind === 'passkey' && id === command.authenticatorId)
  const isKnown = passkeysOf(factor).some(({ credential }) => credential === command.passkey.credential)
  const isOfSetUp = command.passkey.number === numberOf(account) - 1
  const passkey = isOfSetUp ? { ...command.passkey, number: numberOf(account) } : command.passkey
  const found = confirmed(account, { authenticatorId: command.authenticatorId, passkey }, now)
  if (!isOwn || isKnown || found.is !== 'right') return null
  const authenticators = changed(factor, (item) => (item.id === found.passkey.id ? found.passkey : item))
  const next: Account = { ...account, ...withAccepted(account, passkey), factor: { ...factor, authenticators } }
  return done(next, { is: 'set-up-corrected', at: factor.enrolledAt }, now, [
    audit('two_factor.enrolled', command.by, { reason: command.flow }),
    ownNotice({ is: 'enrolled', via: command.flow }, command.by),
  ])
}

/** Only an invitation may set a password: any other set-up would replace an existing one. */
function firstPasswordRefusal(account: Account, { sealedPassword, link }: CommandOf<'enrol'>): Refusal | null {
  const isInvited = link !== null && linkOf(account, link, 'invitation') !== undefined
  return sealedPassword === null || isInvited ? null : { is: 'link-unknown' }
}

function flowRefusal(account: Account, command: CommandOf<'enrol'>, now: number): Refusal | null {
  const shut = flowClosed(account, now)
  if (command.flow === 'sign-in') return shut ?? (isSignInOver(account, command) ? { is: 'sign-in-over' } : null)
  if (shut && shut.is !== 'set-up-expired')
    return shut.is === 'set-up-elsewhere' ? usedOr(shut, account, command) : shut
  if (command.link === null) return { is: 'link-unknown' }
  // A resend or a revocation raises no epoch, so the link itself is checked again.
  const dead = linkRefusal(linkOf(account, command.link, 'reset', 'invitation'), account, now)
  return dead ?? (command.epoch === account.epoch ? null : { is: 'sign-in-over' })
}

/**
 * If both proofs are required, each flow requires the proof of the other. A link opened in one browser is no proof in another: a thief
 * of the password would only wait at the sign-in until the owner presses Continue.
 */
function proofRefusal(account: Account, command: CommandOf<'enrol'>, now: number, rules: Rules): Refusal | null {
  const proofs = requiredProofs(account, command.roles, rules, now)
  if (!proofs.both) return null
  if (!command.password) return { is: 'password-missing' }
  if (command.link === null) return { is: 'link-missing' }
  return linkRefusal(linkOf(account, command.link, 'reset'), account, now) ?? proofsRefusal(proofs)
}

function usedOr(shut: Refusal, account: Account, command: CommandOf<'enrol'>): Refusal {
  const link = command.link === null ? undefined : linkOf(account, command.link, 'reset', 'invitation')
  return link?.state.is === 'used' ? linkUsed(link, account, link.state.at) : shut
}
