/** Ceremonies of passkeys: what a browser is to do, and the facts that its answers prove. The core decides on the facts. */
import type { Account } from '../core/account.ts'
import type { NewPasskey, PasskeyProof } from '../core/authenticatorCommand.ts'
import { type Passkey, passkeysOf } from '../core/authenticators.ts'
import type { PasskeySettings } from '../core/passkeyAddress.ts'
import type { PasskeyFault } from '../core/passkeyFacts.ts'
import { numberOf } from '../core/passkeys.ts'
import {
  acceptedCredentials,
  challengeOf,
  creationOptions,
  newCeremony,
  requestOptions,
  type Ceremony,
  type CeremonyAct,
} from '../crypto/ceremony.ts'
import {
  credentialDigest,
  loadPasskeys,
  type NewCredential,
  type StoredCredential,
  verifyAssertion,
  verifyRegistration,
} from '../crypto/passkeys.ts'
import { passkeyUse } from '../crypto/recordUses.ts'
import type { Sealing } from '../crypto/sealing.ts'
import type { Clock, Person } from '../ports.ts'

/** A ceremony, and its options for the script of a page as JSON. */
export interface BegunCeremony {
  readonly ceremony: Ceremony
  /** null: no passkey is created. */
  readonly creation: string | null
  readonly request: string
  /** Which passkeys of the person the browser may keep; null: it learns nothing. */
  readonly accepted: string | null
}

/** The set-up that a new passkey belongs to. */
interface PasskeySetUpContext {
  readonly accountId: string
  readonly epoch: number
  /** null: the nonce of the ceremony, so that each page makes one. */
  readonly authenticatorId: string | null
  /** Of the account, or for it: see `Account.userHandle`. */
  readonly userHandle: string
}

/** What a browser sends for a new passkey. */
export interface NewPasskeyAnswer {
  /** null: none that was sealed for this browser and page. */
  readonly ceremony: Ceremony | null
  readonly registration: unknown
  readonly assertion: unknown
  /** A second tab, whose page is of before the first one was confirmed. Default false. */
  readonly isSecond?: boolean
  readonly nameOf: (credential: NewCredential) => string
}

/** The answer is not accepted. At a set-up nothing is counted: a pending passkey protects nothing. */
export interface Unaccepted {
  readonly is: 'unaccepted'
  readonly why: PasskeyFault | 'stale'
}

export interface Passkeys {
  /** Whether new ones are offered at all. */
  readonly isOffered: boolean
  /** Whether this person may set up one in place of an app. Some acts on others take a code, so that people with a role set up an app. */
  areOfferedTo(person: Pick<Person, 'roles'> | null): boolean
  /** Whether a passkey of this account works here. */
  isUsable(account: Account): boolean
  /** Where this service has its passkeys; null: it has none. */
  readonly rpId: string | null
  /** Creates a passkey beside those of the account, if any, and uses it once. */
  beginSetUp(setUp: SetUpAt): BegunCeremony
  /** null: no passkey of this account works here. */
  begin(account: Account, purpose: 'sign-in' | 'change' | 'step-up', act?: CeremonyAct): BegunCeremony | null
  /** The new passkey, as a set-up confirms it. */
  created(
    setUp: PasskeySetUpContext,
    answer: NewPasskeyAnswer,
  ): Promise<{ readonly is: 'created'; readonly authenticatorId: string; readonly passkey: NewPasskey } | Unaccepted>
  /** What the answer for a ceremony of this purpose proves; a refused one is a fact too. */
  asserted(
    account: Account,
    given: {
      readonly purpose: Ceremony['purpose']
      readonly ceremony: Ceremony | null
      readonly assertion: unknown
      /** What would be done now, which the challenge must contain. Default: nothing is signed. */
      readonly act?: CeremonyAct
    },
  ): Promise<PasskeyProof | null>
}

interface SetUpAt {
  readonly account: Account
  /** Used if the account has none. */
  readonly userHandle: string
  readonly email: string
  readonly until: number
}

export interface PasskeysOptions {
  readonly settings: PasskeySettings
  readonly sealing: Sealing<'record'>
  readonly clock: Clock
}

/** Passkeys of another RP ID do not work here. */
const usable = ({ settings: { rpId } }: PasskeysOptions, { factor }: Account): Passkey[] =>
  factor.is === 'active' ? passkeysOf(factor).filter((passkey) => passkey.rpId === rpId) : []

function credentialOf({ sealing }: PasskeysOptions, accountId: string, { id, sealed }: Passkey): StoredCredential {
  const [credentialId = '', publicKey = ''] = sealing.open(sealed, passkeyUse(accountId, id)).split('.')
  return { authenticatorId: id, credentialId, publicKey }
}

/** As a browser must know them. */
const knownOf = (options: PasskeysOptions, account: Account) =>
  usable(options, account).map((item) => ({ ...item, ...credentialOf(options, account.id, item) }))

/** The ceremony, if it is one of this purpose and of the account under its epoch, and has not ended; otherwise null. */
function currentOf(
  { settings: { rpId }, clock }: PasskeysOptions,
  ceremony: Ceremony | null,
  purpose: Ceremony['purpose'],
  account: { readonly id: string; readonly epoch: number },
): Ceremony | null {
  const isOf = ceremony?.accountId === account.id && ceremony.epoch === account.epoch
  return isOf && ceremony.purpose === purpose && ceremony.rpId === rpId && clock.now() < ceremony.until
    ? ceremony
    : null
}

const expectedOf = ({ settings: { origin } }: PasskeysOptions, ceremony: Ceremony) => ({
  challenge: challengeOf(ceremony),
  rpId: ceremony.rpId,
  origins: [origin],
})

export function createPasskeys(options: PasskeysOptions): Passkeys {
  const { rpId, rpName, offer } = options.settings
  const { clock } = options

  return {
    isOffered: offer,
    rpId,
    areOfferedTo: (person) => offer && person?.roles.length === 0,
    isUsable: (account) => usable(options, account).length > 0,
    created: createdWith(options),

    beginSetUp({ account, userHandle, email, until }) {
      loadEarly()
      const { id: accountId, epoch, userHandle: handle = userHandle } = account
      const number = numberOf(account)
      const known = knownOf(options, account)
      const ceremony = newCeremony(
        { purpose: 'create', rpId: rpId ?? '', accountId, epoch, number, until },
        clock.now(),
      )
      const user = { handle, email, name: email }
      const ids = known.map(({ credentialId }) => credentialId)
      return {
        ceremony,
        creation: JSON.stringify(creationOptions(ceremony, { rpName, user, known })),
        request: JSON.stringify(requestOptions(confirming(ceremony), [])),
        // Of a person without a handle no browser has any.
        accepted:
          account.userHandle === undefined ? null : JSON.stringify(acceptedCredentials(ceremony.rpId, handle, ids)),
      }
    },

    begin(account, purpose, act) {
      const { id: accountId, epoch } = account
      const known = knownOf(options, account)
      if (known.length === 0 || rpId === null) return null
      loadEarly()
      const number = numberOf(account)
      const ceremony = newCeremony({ purpose, rpId, accountId, epoch, number, ...(act && { act }) }, clock.now())
      return { ceremony, creation: null, request: JSON.stringify(requestOptions(ceremony, known)), accepted: null }
    },

    async asserted(account, { purpose, assertion, act = null, ...given }) {
      const current = currentOf(options, given.ceremony, purpose, account)
      if (!current) return null
      const ceremony = { ...current, act }
      const known = usable(options, account)
      const proof = await verifyAssertion(assertion, expectedOf(options, ceremony), (digest) => {
        const passkey = known.find(({ credential }) => credential === digest)
        return passkey && credentialOf(options, account.id, passkey)
      })
      return { number: ceremony.number, assertion: proof }
    },
  }
}

const createdWith =
  (options: PasskeysOptions): Passkeys['created'] =>
  async ({ accountId, userHandle, ...at }, { registration, assertion, nameOf, ...given }) => {
    // The first confirmation has raised the epoch; the record's number says whether the page is of the same set-up.
    const epoch = given.isSecond ? given.ceremony?.epoch : at.epoch
    const ceremony = epoch === undefined ? null : currentOf(options, given.ceremony, 'create', { id: accountId, epoch })
    if (!ceremony) return { is: 'unaccepted', why: 'stale' }
    const authenticatorId = at.authenticatorId ?? ceremony.nonce
    const credential = await verifyRegistration(registration, expectedOf(options, ceremony))
    if (credential.is === 'refused') return { is: 'unaccepted', why: credential.why }
    const { credentialId, publicKey, algorithm, transports, discoverable } = credential
    const digest = credentialDigest(credentialId)
    const proof = await verifyAssertion(assertion, expectedOf(options, confirming(ceremony)), (wanted) =>
      wanted === digest ? { authenticatorId, credentialId, publicKey } : undefined,
    )
    if (proof.is === 'refused') return { is: 'unaccepted', why: proof.why }
    const sealed = options.sealing.seal(`${credentialId}.${publicKey}`, passkeyUse(accountId, authenticatorId))
    const facts = { number: ceremony.number, assertion: proof, userHandle, rpId: ceremony.rpId }
    const name = nameOf(credential)
    return {
      is: 'created',
      authenticatorId,
      passkey: { ...facts, sealed, credential: digest, algorithm, transports, discoverable, name },
    }
  }

/** While the person is at their device, so that the answer does not wait for it. A failure is one of the answer. */
const loadEarly = (): void => void loadPasskeys().catch(() => undefined)

/** The second press of a set-up: the new passkey is used once. */
const confirming = (ceremony: Ceremony): Ceremony => ({ ...ceremony, purpose: 'confirm' })
