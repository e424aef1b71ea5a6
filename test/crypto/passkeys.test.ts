import { expect } from 'chai'
import { passkeyTransports, type PasskeyFault } from '../../src/core/passkeyFacts.ts'
import { credentialDigest, verifyAssertion, verifyRegistration, type Credential } from '../../src/crypto/passkeys.ts'
import {
  assertion,
  base64url,
  cbor,
  newPasskey,
  registration,
  type Given,
  type Kind,
  type SoftwarePasskey,
} from '../support/softwareAuthenticator.ts'

const origin = 'https://id.example.com'
const rpId = 'id.example.com'
const challenge = base64url('the challenge of this ceremony')
const given: Given = { challenge, origin, rpId }
const expected = { challenge, rpId, origins: [origin] }

const register = (answer: unknown) => verifyRegistration(JSON.stringify(answer), expected)
const refused = (why: PasskeyFault) => ({ is: 'refused', why })

async function credentialOf(passkey: SoftwarePasskey): Promise<Credential> {
  const registered = await register(registration(passkey, given))
  if (registered.is === 'refused') throw new Error(registered.why)
  return registered
}

const finder = (...passkeys: Credential[]) => {
  const stored = passkeys.map((passkey, index) => ({ ...passkey, authenticatorId: `passkey ${index}` }))
  return (digest: string) => stored.find(({ credentialId }) => credentialDigest(credentialId) === digest)
}

/** What of the client and authenticator data is refused in both ceremonies. */
const faults: [string, Partial<Given>, PasskeyFault][] = [
  ['for another challenge', { challenge: base64url('another') }, 'challenge'],
  ['made at another origin', { origin: 'https://id.example.net' }, 'origin'],
  ['made at another port', { origin: `${origin}:8443` }, 'origin'],
  ['made at a sister domain', { origin: 'https://evil.example.com' }, 'origin'],
  ['made in a frame of another origin', { clientData: { crossOrigin: true } }, 'cross-origin'],
  ['made under another page', { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } }, 'cross-origin'],
  ['with a top origin alone', { clientData: { topOrigin: origin } }, 'cross-origin'],
  ['with a text instead of crossOrigin', { clientData: { crossOrigin: 'no' } }, 'malformed'],
  ['of another ceremony', { clientData: { type: 'webauthn.other' } }, 'malformed'],
  ['for another RP ID', { rpId: 'example.com' }, 'rp-id'],
  ['without presence of the user', { isPresent: false }, 'not-user-verified'],
  ['without verification of the user', { isVerified: false }, 'not-user-verified'],
  ['backed up but not eligible for it', { isBackedUp: true }, 'malformed'],
]

describe('The registration of a passkey', () => {
  for (const [kind, algorithm] of Object.entries({ ES256: -7, EdDSA: -8, RS256: -257 }))
    it(`is accepted with ${kind}`, async () => {
      const passkey = newPasskey({ kind: kind as Kind })
      expect(await register(registration(passkey, given))).to.deep.equal({
        is: 'registered',
        credentialId: passkey.id,
        publicKey: base64url(passkey.cose),
        algorithm,
        signCount: 0,
        backupEligible: false,
        backedUp: false,
        transports: ['internal'],
        discoverable: true,
        isRoaming: false,
      })
    })

  it('says whether the passkey is synced', async () => {
    const synced = registration(newPasskey(), { ...given, isBackupEligible: true, isBackedUp: true })
    expect(await register(synced)).to.include({ backupEligible: true, backedUp: true })
    const eligible = registration(newPasskey(), { ...given, isBackupEligible: true, count: 7 })
    expect(await register(eligible)).to.include({ backupEligible: true, backedUp: false, signCount: 7 })
  })

  for (const [name, mutation, why] of faults)
    it(`is refused ${name}: ${why}`, async () => {
      expect(await register(registration(newPasskey(), { ...given, ...mutation }))).to.deep.equal(refused(why))
    })

  it('is refused if the answer names another credential id than the authenticator', async () => {
    const { id, rawId } = registration(newPasskey(), given)
    expect(await register({ ...registration(newPasskey(), given), id, rawId })).to.deep.equal(refused('malformed'))
  })

  it('is refused with a credential id of more than 1,023 bytes', async () => {
    expect(await register(registration(newPasskey({ idBytes: 1023 }), given))).to.include({ is: 'registered' })
    expect(await register(registration(newPasskey({ idBytes: 1024 }), given))).to.deep.equal(refused('malformed'))
  })

  it('is refused with an RSA key that is too long to keep or too short to trust', async () => {
    const of = (modulusBytes: number) => {
      const key = new Map<number, number | Buffer>([
        [1, 3],
        [3, -257],
        [-1, Buffer.alloc(modulusBytes, 0xff)],
        [-2, Buffer.from([1, 0, 1])],
      ])
      return register(registration({ ...newPasskey(), cose: cbor(key) }, given))
    }
    for (const modulusBytes of [256, 512]) expect(await of(modulusBytes)).to.include({ is: 'registered' })
    for (const modulusBytes of [255, 600]) expect(await of(modulusBytes)).to.deep.equal(refused('malformed'))
  })

  it('is refused with a key of another kind than its algorithm', async () => {
    const rsa = newPasskey({ kind: 'RS256' })
    const ec = newPasskey()
    // The item -7 of the key becomes -8: 0x26 is -7, 0x27 is -8.
    const edwards = { ...ec, cose: Buffer.from(ec.cose.toString('hex').replace('010203262001', '010203272001'), 'hex') }
    const rsaAsEc = { ...rsa, cose: Buffer.from(rsa.cose.toString('hex').replace('03390100', '0326'), 'hex') }
    expect(edwards.cose).to.not.deep.equal(ec.cose)
    expect(rsaAsEc.cose).to.not.deep.equal(rsa.cose)
    for (const passkey of [edwards, rsaAsEc])
      expect(await register(registration(passkey, given))).to.deep.equal(refused('malformed'))
  })

  it('is refused with an algorithm that was not offered', async () => {
    const passkey = newPasskey()
    const cose = Buffer.from(passkey.cose.toString('hex').replace('010203262001', '010203382f2001'), 'hex')
    expect(await register(registration({ ...passkey, cose }, given))).to.deep.equal(refused('malformed'))
  })

  it('is refused with a statement that names certificates', async () => {
    const statement = new Map([['x5c', [Buffer.from('a certificate')]]])
    for (const fmt of ['packed', 'tpm', 'android-key', 'apple', 'fido-u2f', 'unknown'])
      expect(await register(registration(newPasskey(), { ...given, attestation: { fmt, statement } }))).to.deep.equal(
        refused('malformed'),
      )
  })

  it('keeps the transports of the standard only, each once', async () => {
    const answer = registration(newPasskey(), given)
    const of = async (transports: unknown) => {
      const result = await register({ ...answer, response: { ...answer.response, transports } })
      return result.is === 'registered' ? result.transports : result.why
    }
    expect(await of(['<script>', 7, {}, 'usb', 'usb', 'hybrid'])).to.deep.equal(['usb', 'hybrid'])
    expect(await of(passkeyTransports)).to.deep.equal(passkeyTransports)
    for (const none of [undefined, null, 'usb', { usb: true }, 7]) expect(await of(none)).to.deep.equal([])
  })

  it('says whether the passkey is on another device, if the browser does', async () => {
    const answer = registration(newPasskey(), given)
    for (const [authenticatorAttachment, isRoaming] of Object.entries({
      'cross-platform': true,
      platform: false,
      '': false,
    }))
      expect(await register({ ...answer, authenticatorAttachment })).to.include({ isRoaming })
    expect(await register({ ...answer, authenticatorAttachment: ['cross-platform'] })).to.include({ isRoaming: false })
  })

  it('does not know whether the passkey is discoverable if the browser does not say', async () => {
    const answer = registration(newPasskey(), given)
    for (const clientExtensionResults of [undefined, null, {}, { credProps: {} }, { credProps: { rk: 'yes' } }, []])
      expect(await register({ ...answer, clientExtensionResults })).to.include({ discoverable: null })
    expect(await register({ ...answer, clientExtensionResults: { credProps: { rk: false } } })).to.include({
      discoverable: false,
    })
  })
})

describe('An assertion of a passkey', () => {
  for (const kind of ['ES256', 'EdDSA', 'RS256'] as const)
    it(`is accepted with ${kind}`, async () => {
      const passkey = newPasskey({ kind })
      const find = finder(await credentialOf(newPasskey()), await credentialOf(passkey))
      const answer = assertion(passkey, { ...given, isBackupEligible: true, isBackedUp: true, count: 5 })
      expect(await verifyAssertion(JSON.stringify(answer), expected, find)).to.deep.equal({
        is: 'verified',
        authenticatorId: 'passkey 1',
        signCount: 5,
        backupEligible: true,
        backedUp: true,
      })
    })

  const passkey = newPasskey()
  let find: ReturnType<typeof finder>
  before(async () => {
    find = finder(await credentialOf(passkey))
  })
  const verify = (answer: unknown) => verifyAssertion(JSON.stringify(answer), expected, find)

  it('leaves its counter and its backup flags to the rules', async () => {
    for (const more of [{ count: 0 }, { count: 2 }, { count: 1, isBackupEligible: true }])
      expect(await verify(assertion(passkey, { ...given, ...more }))).to.include({
        is: 'verified',
        signCount: more.count,
        backupEligible: more.isBackupEligible === true,
      })
  })

  for (const [name, mutation, why] of faults)
    it(`is refused ${name}: ${why}`, async () => {
      expect(await verify(assertion(passkey, { ...given, ...mutation }))).to.deep.equal(refused(why))
    })

  it('is refused with a credential that the account does not have', async () => {
    expect(await verify(assertion(newPasskey(), given))).to.deep.equal(refused('unknown-credential'))
    const { id, rawId } = registration(newPasskey(), given)
    expect(await verify({ ...assertion(passkey, given), id, rawId })).to.deep.equal(refused('unknown-credential'))
  })

  it('is refused if the record gives another credential than was asked for', async () => {
    const other = { ...(await credentialOf(newPasskey())), authenticatorId: 'other' }
    const answer = JSON.stringify(assertion(passkey, given))
    expect(await verifyAssertion(answer, expected, () => other)).to.deep.equal(refused('unknown-credential'))
  })

  it('is refused with the signature of another key', async () => {
    const thief = { ...newPasskey(), id: passkey.id, rawId: passkey.rawId }
    expect(await verify(assertion(thief, given))).to.deep.equal(refused('signature'))
  })

  it('is refused if a part was changed after the signature', async () => {
    const answer = assertion(passkey, given)
    const other = assertion(passkey, { ...given, isBackupEligible: true }).response
    for (const part of ['authenticatorData', 'signature'] as const)
      expect(await verify({ ...answer, response: { ...answer.response, [part]: other[part] } })).to.deep.equal(
        refused('signature'),
      )
    const signature = base64url('no signature')
    expect(await verify({ ...answer, response: { ...answer.response, signature } })).to.deep.equal(refused('malformed'))
  })

  it('is refused as a registration, and a registration as an assertion', async () => {
    expect(await register(assertion(passkey, given))).to.deep.equal(refused('malformed'))
    expect(await verify(registration(passkey, given))).to.deep.equal(refused('malformed'))
  })

  it('ignores a user handle, which is not signed', async () => {
    const answer = assertion(passkey, given)
    for (const userHandle of [base64url('another person'), 7, {}, null])
      expect(await verify({ ...answer, response: { ...answer.response, userHandle } })).to.include({ is: 'verified' })
  })
})
