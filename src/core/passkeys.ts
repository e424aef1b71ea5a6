/**
 * Proofs by passkeys. A challenge contains the number of assertions accepted so far, so that each is used once: by comparison in the swap
 * of its effect. A right assertion cannot be guessed, so it counts while codes are paused or locked. @see WebAuthn Level 3 §7
 */
import type { Account, Active } from './account.ts'
import { mayNotTry } from './attempts.ts'
import { activeFactor, type AuditFacts, countFailure } from './authenticator.ts'
import { changed, type Passkey, passkeysOf, withoutForm } from './authenticators.ts'
import type { NewPasskey, PasskeyProof, PasskeySetUp } from './authenticatorCommand.ts'
import type { Caller, CommandOf } from './command.ts'
import { done, type Decision, type PasskeyAccepted, refused } from './decision.ts'
import type { Effect } from './effect.ts'
import { audit, ownNotice } from './outbox.ts'
import type { AssertionFact } from './passkeyFacts.ts'
import type { Refusal } from './refusal.ts'
import type { Rules } from './rules.ts'

export const numberOf = ({ passkeyNumber = 0 }: Account): number => passkeyNumber

interface RightPasskey {
  readonly is: 'right'
  readonly passkey: Passkey
}

export function provePasskey(
  account: Account,
  command: CommandOf<'prove-passkey'>,
  now: number,
  rules: Rules,
): Decision {
  const factor = activeFactor(account, command)
  if (factor.is !== 'active') return refused(factor)
  const { by, knownBrowser, form } = command
  const passkey = passkeyOf(factor, command.assertion)
  if (passkey && passkey.lastForm === form && command.number === numberOf(account) - 1)
    return { is: 'repeated', event: acceptance(passkey, passkey.lastUsedAt ?? now) }
  const judged = judge(account, factor, command, {
    now,
    rules,
    type: 'two_factor.passkey_refused',
    by,
    target: null,
    knownBrowser,
  })
  if (judged.is !== 'right') return judged
  const used = { ...judged.passkey, lastForm: form }
  const next: Account = { ...account, passkeyNumber: numberOf(account) + 1, factor: withUsed(factor, used, now) }
  return done(next, acceptance(used, now), now, suspicion(passkey, used, by))
}

export const passkeyOf = (factor: Active, assertion: AssertionFact): Passkey | undefined =>
  assertion.is === 'verified' ? passkeysOf(factor).find(({ id }) => id === assertion.authenticatorId) : undefined

const acceptance = ({ id, suspectAt, backupEligible }: Passkey, at: number): PasskeyAccepted => ({
  is: 'passkey-accepted',
  at,
  authenticatorId: id,
  isSuspect: suspectAt !== null,
  isSynced: backupEligible,
})

/** The passkey as the assertion leaves it; otherwise the refusal, counted with wrong codes unless its challenge is too old. */
export function judge(
  account: Account,
  factor: Active,
  { number, assertion }: PasskeyProof,
  { now, rules, ...audited }: AuditFacts & { readonly now: number; readonly rules: Rules },
): RightPasskey | Decision {
  if (number !== numberOf(account)) return refused({ is: 'passkey-stale' })
  const passkey = passkeyOf(factor, assertion)
  if (assertion.is === 'verified' && passkey) return { is: 'right', passkey: asserted(passkey, assertion, now) }
  const refusal = mayNotTry(account, audited.knownBrowser, now, rules)
  if (refusal) return refused(refusal)
  const why = assertion.is === 'refused' ? assertion.why : 'unknown-credential'
  return countFailure(account, now, rules, { ...audited, why })
}

/**
 * A counter that does not rise is a sign of a copy. Passkeys that are copied to other devices keep no counter. Whether this is one is read
 * from the record, and one that counts stays bound to its device: the copy signs its own flags.
 */
function asserted(passkey: Passkey, assertion: Extract<AssertionFact, { is: 'verified' }>, now: number): Passkey {
  const { signCount, backupEligible, backedUp } = assertion
  const counts = !passkey.backupEligible && Math.max(signCount, passkey.signCount) > 0
  const isSuspect = counts && signCount <= passkey.signCount
  return {
    ...passkey,
    signCount: Math.max(signCount, passkey.signCount),
    backupEligible: backupEligible && !counts,
    backedUp,
    suspectAt: passkey.suspectAt ?? (isSuspect ? now : null),
    lastUsedAt: now,
  }
}

/** Only the newest proof can be repeated. */
export const withUsed = (factor: Active, used: Passkey, now: number): Active => ({
  ...factor,
  authenticators: changed(factor, (item) => (item.id === used.id ? used : withoutForm(item))),
  backupCodes: factor.backupCodes.lastForm === null ? factor.backupCodes : { ...factor.backupCodes, lastForm: null },
  lastUsedAt: now,
})

/** What the owner and the audit learn of a passkey that has become suspect. */
export const suspicion = (before: Passkey | undefined, { suspectAt, name }: Passkey, by: Caller): Effect[] =>
  suspectAt === null || before?.suspectAt === suspectAt
    ? []
    : [audit('two_factor.passkey_suspect', by, { reason: name }), ownNotice({ is: 'passkey-suspect', name }, by)]

/** A passkey that was created and used once, or why it cannot be stored. Wrong assertions of it are not counted. */
export function confirmed(
  account: Account,
  { authenticatorId: id, passkey }: PasskeySetUp,
  now: number,
): RightPasskey | Refusal {
  const { number, assertion, userHandle, sealed, credential, rpId, algorithm, transports, discoverable, name } = passkey
  // With another handle, the device would keep a second passkey beside the one that it has.
  if (number !== numberOf(account) || userHandle !== (account.userHandle ?? userHandle)) return { is: 'passkey-stale' }
  if (assertion.is !== 'verified' || assertion.authenticatorId !== id) return { is: 'passkey-incorrect', failures: 0 }
  const { signCount, backupEligible, backedUp } = assertion
  const made = {
    id,
    sealed,
    credential,
    rpId,
    algorithm,
    signCount,
    transports,
    backupEligible,
    backedUp,
    discoverable,
    name,
  }
  const unused = { suspectAt: null, addedAt: now, lastUsedAt: null, lastForm: null }
  return { is: 'right', passkey: { kind: 'passkey', ...made, ...unused } }
}

/** What the record keeps of the first assertion of a passkey. */
export const withAccepted = (account: Account, { userHandle }: NewPasskey): Partial<Account> => ({
  userHandle: account.userHandle ?? userHandle,
  passkeyNumber: numberOf(account) + 1,
})
