/** One's own authenticators beside set-up and replacement: a passkey proves, is added or named; any authenticator is removed. */
import type { Account, Active } from './account.ts'
import { isLocked } from './attempts.ts'
import { activeFactor, nextEpoch } from './authenticator.ts'
import { type Authenticator, changed, idOfCodes, type Passkey, passkeysOf } from './authenticators.ts'
import type { AuthenticatorCommand } from './authenticatorCommand.ts'
import type { Command, CommandOf } from './command.ts'
import { done, type Decision, refused } from './decision.ts'
import { audit, ownNotice } from './outbox.ts'
import { confirmed, provePasskey, withAccepted } from './passkeys.ts'
import type { Refusal } from './refusal.ts'
import { OWN_CHANGE_SECONDS, PASSKEYS_BYTES, type Rules } from './rules.ts'
import { isPasskeyRequired } from './stepUp.ts'

const names = new Set<string>([
  'prove-passkey',
  'add-authenticator',
  'remove-authenticator',
  'rename-authenticator',
] satisfies AuthenticatorCommand['is'][])

export const isOfAuthenticators = (command: Command): command is AuthenticatorCommand => names.has(command.is)

export function decideOnAuthenticators(
  account: Account,
  command: AuthenticatorCommand,
  now: number,
  rules: Rules,
): Decision {
  switch (command.is) {
    case 'prove-passkey':
      return provePasskey(account, command, now, rules)
    case 'add-authenticator':
      return addAuthenticator(account, command, now, rules)
    case 'remove-authenticator':
      return removeAuthenticator(account, command, now, rules)
    case 'rename-authenticator':
      return renameAuthenticator(account, command, now)
  }
}

/** Ends nothing: what was proven before still counts. */
function addAuthenticator(
  account: Account,
  command: CommandOf<'add-authenticator'>,
  now: number,
  rules: Rules,
): Decision {
  const factor = activeFactor(account, command)
  if (factor.is !== 'active') return refused(factor)
  const { by, authenticatorId: id, passkey } = command
  const same = passkeysOf(factor).find(({ credential }) => credential === passkey.credential)
  if (same?.id === id) return { is: 'repeated', event: { is: 'authenticator-added' } }
  const refusal = changeRefusal({ account, factor }, command, now, rules)
  if (refusal) return refused(refusal)
  if (same || factor.authenticators.some((item) => item.id === id)) return refused({ is: 'already-added' })
  const found = confirmed(account, command, now)
  if (found.is !== 'right') return refused(found)
  const added = named(found.passkey, passkeysOf(factor))
  const passkeys = [...passkeysOf(factor), added]
  if (passkeys.length > rules.maxPasskeys || JSON.stringify(passkeys).length > PASSKEYS_BYTES)
    return refused({ is: 'too-many-authenticators' })
  const [first, ...others] = factor.authenticators
  const authenticators = [first, ...others, added] as const
  const next: Account = { ...account, ...withAccepted(account, passkey), factor: { ...factor, authenticators } }
  return done(next, { is: 'authenticator-added' }, now, [
    audit('two_factor.authenticator_added', by, { reason: added.name }),
    ownNotice({ is: 'authenticator-added', name: added.name }, by),
  ])
}

/** Two of one name get numbers. */
function named(passkey: Passkey, others: readonly Passkey[]): Passkey {
  const taken = new Set(others.map(({ name }) => name))
  let { name } = passkey
  for (let n = 2; taken.has(name); n++) name = `${passkey.name} ${n}`
  return { ...passkey, name }
}

/** Its holder may be signed in, so everything proven before ends. */
function removeAuthenticator(
  account: Account,
  command: CommandOf<'remove-authenticator'>,
  now: number,
  rules: Rules,
): Decision {
  const factor = activeFactor(account, command)
  if (factor.is !== 'active') return refused(factor)
  const refusal = changeRefusal({ account, factor }, command, now, rules)
  if (refusal) return refused(refusal)
  const removed = factor.authenticators.find(({ id }) => id === command.id)
  if (!removed) return refused({ is: 'authenticator-unknown' })
  const [first, ...others] = factor.authenticators.filter((item) => item !== removed)
  if (!first || ![first, ...others].some((item) => isUsable(item, command.rpId)))
    return refused({ is: 'last-authenticator' })
  const { epoch, endedAt } = nextEpoch(account, now)
  // The backup codes belong to the factor: their seal keeps the id that it was made with.
  const of = idOfCodes(factor)
  const backupCodes =
    of === first.id && factor.backupCodes.of === undefined ? factor.backupCodes : { ...factor.backupCodes, of }
  const next: Account = {
    ...account,
    epoch,
    endedAt,
    factor: { ...factor, authenticators: [first, ...others], backupCodes },
  }
  const name = nameOf(removed)
  return done(next, { is: 'authenticator-removed' }, now, [
    audit('two_factor.authenticator_removed', command.by, { reason: name }),
    { is: 'purge', epoch, resetId: null, because: 'authenticator-removed' },
    ownNotice({ is: 'authenticator-removed', name }, command.by),
  ])
}

function renameAuthenticator(account: Account, command: CommandOf<'rename-authenticator'>, now: number): Decision {
  const factor = activeFactor(account, command)
  if (factor.is !== 'active') return refused(factor)
  const passkey = passkeysOf(factor).find(({ id }) => id === command.id)
  if (!passkey) return refused({ is: 'authenticator-unknown' })
  const event = { is: 'authenticator-renamed' } as const
  if (passkey.name === command.name) return { is: 'repeated', event }
  const authenticators = changed(factor, (item) => (item === passkey ? { ...passkey, name: command.name } : item))
  return done({ ...account, factor: { ...factor, authenticators } }, event, now, [
    audit('two_factor.authenticator_renamed', command.by, { reason: command.name }),
  ])
}

const nameOf = (item: Authenticator): string | null => (item.kind === 'passkey' ? item.name : null)

/** A passkey works at its own RP ID only. */
const isUsable = (item: Authenticator, rpId: string | null): boolean => item.kind === 'totp' || item.rpId === rpId

type OwnChange = CommandOf<'add-authenticator' | 'remove-authenticator'>

/** Why this proof allows no change; null: it does. A page left open, or a clock that was set back, must not extend it. */
function changeRefusal(
  { account, factor }: { readonly account: Account; readonly factor: Active },
  command: OwnChange,
  now: number,
  rules: Rules,
): Refusal | null {
  const { provenAt, provenBy, roles, rpId } = command
  if (Math.abs(now - provenAt) > OWN_CHANGE_SECONDS) return { is: 'proof-too-old' }
  if (provenBy === 'backup-code' || provenBy === 'suspect-passkey') return { is: 'proof-too-weak' }
  if (provenBy === 'passkey') return null
  const hasPasskey = passkeysOf(factor).some((item) => isUsable(item, rpId))
  if (hasPasskey && isPasskeyRequired(roles, rules)) return { is: 'passkey-required' }
  return isLocked(account.attempts, rules) ? { is: 'locked' } : null
}
