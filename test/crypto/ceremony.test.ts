import { expect } from 'chai'
import * as fc from 'fast-check'
import { createHash } from 'node:crypto'
import {
  acceptedCredentials,
  ceremonyText,
  challengeOf,
  creationOptions,
  newCeremony,
  readCeremony,
  requestOptions,
  type Ceremony,
} from '../../src/crypto/ceremony.ts'

const now = 1_800_000_000
const given = { purpose: 'sign-in', rpId: 'id.example.com', accountId: 'ana', epoch: 1_700_000_000, number: 3 } as const
const act = { does: 'reset', target: 'ben', id: 'reset-1', what: 'digest' }

const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '"', '","', 'ana', 'ben', 'reset'))
const counts = fc.oneof(fc.nat(3), fc.nat())
const ceremonies: fc.Arbitrary<Ceremony> = fc.record({
  purpose: fc.constantFrom('create', 'confirm', 'sign-in', 'change', 'step-up'),
  rpId: texts,
  accountId: texts,
  epoch: counts,
  number: counts,
  nonce: texts,
  until: counts,
  act: fc.option(fc.record({ does: texts, target: texts, id: texts, what: texts })),
})

describe('A ceremony', () => {
  it('is valid for ten minutes, or as long as its set-up', () => {
    expect(newCeremony(given, now)).to.include({ ...given, until: now + 600, act: null })
    expect(newCeremony({ ...given, until: now + 3600 }, now).until).to.equal(now + 3600)
  })

  it('has a nonce of its own', () => {
    const nonces = [newCeremony(given, now), newCeremony(given, now)].map(({ nonce }) => nonce)
    expect(new Set(nonces)).to.have.lengthOf(2)
    expect(newCeremony(given, now, (bytes) => new Uint8Array(bytes)).nonce).to.equal('A'.repeat(22))
  })

  it('returns whole from its text', () => {
    fc.assert(
      fc.property(ceremonies, (ceremony) => {
        expect(readCeremony(ceremonyText(ceremony))).to.deep.equal(ceremony)
      }),
    )
  })

  it('shares its challenge with no other ceremony', () => {
    fc.assert(
      fc.property(ceremonies, ceremonies, (first, other) => {
        const isSame =
          JSON.stringify(readCeremony(ceremonyText(first))) === JSON.stringify(readCeremony(ceremonyText(other)))
        expect(challengeOf(first) === challengeOf(other)).to.equal(isSame)
      }),
    )
  })

  const signed: Ceremony = { ...given, purpose: 'step-up', nonce: 'n', until: now, act }
  const others: Partial<Ceremony>[] = [
    { purpose: 'sign-in' },
    { rpId: 'example.com' },
    { accountId: 'ben' },
    { epoch: signed.epoch + 1 },
    { number: signed.number + 1 },
    { nonce: 'm' },
    { until: now + 1 },
    { act: null },
    { act: { ...act, does: 'delete' } },
    { act: { ...act, target: 'ana' } },
    { act: { ...act, id: 'reset-2' } },
    { act: { ...act, what: 'another request' } },
  ]
  for (const other of others)
    it(`has another challenge with ${JSON.stringify(other)}`, () => {
      expect(challengeOf({ ...signed, ...other })).to.not.equal(challengeOf(signed))
    })

  it('has a challenge that can be computed without this code', () => {
    const text = `["oidc-rekey/1","step-up","id.example.com","ana",1700000000,3,"n",${now},["reset","ben","reset-1","digest"]]`
    expect(challengeOf(signed)).to.equal(createHash('sha256').update(text).digest('base64url'))
  })

  for (const text of ['', '{}', '[]', 'null', '["oidc-rekey/2"]', ceremonyText(signed).replace('rekey/1', 'rekey/2')])
    it(`is not read from ${text.slice(0, 30) || 'an empty text'}`, () => {
      expect(readCeremony(text)).to.equal(null)
    })
})

describe('The options of a ceremony', () => {
  const ceremony = newCeremony(given, now)
  const known = [
    { credentialId: 'synced', transports: ['internal', 'hybrid'], backupEligible: true },
    { credentialId: 'key', transports: ['usb', 'nfc'], backupEligible: false },
    { credentialId: 'silent', transports: [], backupEligible: false },
  ]
  const descriptors = [
    { type: 'public-key', id: 'synced' },
    { type: 'public-key', id: 'key', transports: ['usb', 'nfc'] },
    { type: 'public-key', id: 'silent' },
  ]

  it('create a passkey that verifies its user, without attestation, and not a second time in one device', () => {
    const user = { handle: 'aGFuZGxl', email: 'ana@example.com', name: 'Ana Silva' }
    expect(creationOptions(ceremony, { rpName: 'Example', user, known })).to.deep.equal({
      challenge: challengeOf(ceremony),
      rp: { id: 'id.example.com', name: 'Example' },
      user: { id: 'aGFuZGxl', name: 'ana@example.com', displayName: 'Ana Silva' },
      pubKeyCredParams: [
        { type: 'public-key', alg: -7 },
        { type: 'public-key', alg: -8 },
        { type: 'public-key', alg: -257 },
      ],
      timeout: 300_000,
      attestation: 'none',
      excludeCredentials: descriptors,
      authenticatorSelection: { residentKey: 'preferred', requireResidentKey: false, userVerification: 'required' },
      extensions: { credProps: true },
    })
  })

  it('tell a browser which passkeys it may keep', () => {
    expect(acceptedCredentials('id.example.com', 'aGFuZGxl', ['key'])).to.deep.equal({
      rpId: 'id.example.com',
      userId: 'aGFuZGxl',
      allAcceptedCredentialIds: ['key'],
    })
  })

  it('name the passkeys of the account, those that are synced without transports', () => {
    expect(requestOptions(ceremony, known)).to.deep.equal({
      challenge: challengeOf(ceremony),
      rpId: 'id.example.com',
      timeout: 300_000,
      allowCredentials: descriptors,
      userVerification: 'required',
    })
  })
})
