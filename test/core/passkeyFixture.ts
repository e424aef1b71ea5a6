/** Short names for the commands about passkeys. By default each has the record's epoch and number, and an assertion that is right. */
import type { NewPasskey, PasskeyProof, ProvenBy } from '../../src/core/authenticatorCommand.ts'
import type { AssertionFact } from '../../src/core/passkeyFacts.ts'
import { type Passkey, passkeysOf } from '../../src/core/authenticators.ts'
import type { Account } from '../../src/core/account.ts'
import type { ActRequest, CommandOf } from '../../src/core/command.ts'
import { type Ask, by, enrol, NOW } from './accountFixture.ts'

const RP_ID = 'id.example.com'
export const numberOf = ({ passkeyNumber = 0 }: Account): number => passkeyNumber

export const passkeysIn = ({ factor }: Account): Passkey[] => (factor.is === 'active' ? passkeysOf(factor) : [])

export const wrong: AssertionFact = { is: 'refused', why: 'signature' }

/** By the passkey with this id; its counter is one higher than in the record. */
export function verified(
  account: Account,
  id: string,
  more: Partial<Extract<AssertionFact, { is: 'verified' }>> = {},
): AssertionFact {
  const { signCount = 0, backupEligible = false } = passkeysIn(account).find((item) => item.id === id) ?? {}
  return { is: 'verified', authenticatorId: id, signCount: signCount + 1, backupEligible, backedUp: false, ...more }
}

const proof = (account: Account, id: string): PasskeyProof => ({
  number: numberOf(account),
  assertion: verified(account, id),
})

interface ProveMore extends Partial<PasskeyProof> {
  readonly form?: string
  readonly epoch?: number
  readonly knownBrowser?: boolean
}

export const provePasskey =
  (id: string, more: ProveMore = {}): Ask =>
  (account) => ({
    is: 'prove-passkey',
    epoch: account.epoch,
    form: 'form',
    knownBrowser: true,
    by,
    ...proof(account, id),
    ...more,
  })

/** An assertion whose counter did not rise. */
function countedBefore(account: Account, id: string): AssertionFact {
  const { signCount = 0 } = passkeysIn(account).find((item) => item.id === id) ?? {}
  return verified(account, id, { signCount })
}

export const copied =
  (id: string, more: ProveMore = {}): Ask =>
  (account) =>
    provePasskey(id, { assertion: countedBefore(account, id), ...more })(account)

const created = (account: Account, id: string, more: Partial<NewPasskey> = {}): NewPasskey => ({
  sealed: `key of ${id}`,
  credential: `credential of ${id}`,
  rpId: RP_ID,
  algorithm: -7,
  transports: ['internal'],
  discoverable: true,
  name: 'Safari on iPhone',
  userHandle: account.userHandle ?? 'handle',
  ...proof(account, id),
  ...more,
})

type EnrolMore = Parameters<typeof enrol>[0]

export const enrolPasskey =
  (id: string, more: Partial<NewPasskey> = {}, facts: EnrolMore = {}): Ask =>
  (account) => {
    const command = enrol(facts)(account) as CommandOf<'enrol'>
    const passkey = {
      authenticatorId: id,
      passkey: created(account, id, more),
      step: undefined,
      sealedSecret: undefined,
    }
    return { ...command, ...passkey }
  }

interface Change {
  readonly provenAt?: number
  readonly provenBy?: ProvenBy
  readonly roles?: readonly string[]
  readonly rpId?: string | null
  readonly epoch?: number
}

const change = ({ epoch }: Account) => ({ epoch, provenAt: NOW, provenBy: 'otp' as const, roles: [], rpId: RP_ID, by })

export const addPasskey =
  (id: string, more: Partial<NewPasskey> = {}, facts: Change = {}): Ask =>
  (account) => ({
    is: 'add-authenticator',
    ...change(account),
    authenticatorId: id,
    passkey: created(account, id, more),
    ...facts,
  })

export const remove =
  (id: string, facts: Change = {}): Ask =>
  (account) => ({ is: 'remove-authenticator', ...change(account), id, ...facts })

export const rename =
  (id: string, name: string): Ask =>
  ({ epoch }) => ({ is: 'rename-authenticator', epoch, id, name, by })

interface SignMore extends Partial<PasskeyProof> {
  readonly epoch?: number
  readonly roles?: readonly string[]
  readonly act?: Partial<ActRequest>
}

export const signAct =
  (id: string, { act, roles = [], ...more }: SignMore = {}): Ask =>
  (account) => ({
    is: 'step-up',
    act: { id: 'R1', does: 'reset', target: 'target', what: 'reason', ...act },
    roles,
    knownBrowser: true,
    passkey: { epoch: account.epoch, ...proof(account, id), ...more },
    by,
  })

export const signCopied =
  (id: string): Ask =>
  (account) =>
    signAct(id, { assertion: countedBefore(account, id) })(account)
