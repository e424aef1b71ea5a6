import { expect } from 'chai'
import * as fc from 'fast-check'
import { inspect } from 'node:util'
import { credentialDigest, verifyAssertion, verifyRegistration } from '../../src/crypto/passkeys.ts'
import { assertion, base64url, cbor, newPasskey, registration } from '../support/softwareAuthenticator.ts'

const given = { challenge: base64url('challenge'), origin: 'https://id.example.com', rpId: 'id.example.com' }
const expected = { challenge: given.challenge, rpId: given.rpId, origins: [given.origin] }
const passkey = newPasskey()
const stored = { authenticatorId: 'phone', credentialId: passkey.id, publicKey: base64url(passkey.cose) }
const find = (digest: string) => (digest === credentialDigest(passkey.id) ? stored : undefined)

const registered = JSON.stringify(registration(passkey, given))
const asserted = JSON.stringify(assertion(passkey, given))

/** Neither throws nor accepts. */
async function isRefused(answer: unknown): Promise<void> {
  expect(await verifyRegistration(answer, expected)).to.include({ is: 'refused' })
  expect(await verifyAssertion(answer, expected, find)).to.include({ is: 'refused' })
}

/** The parts of an answer, with a way to put another value there. */
const paths = (text: string): string[][] => {
  const read = JSON.parse(text) as { response: Record<string, unknown> }
  const outer = ['id', 'rawId', 'type', 'response'].map((name) => [name])
  const inner = Object.keys(read.response).filter((name) => name !== 'transports')
  return [...outer, ...inner.map((name) => ['response', name])]
}
function replaced(text: string, path: readonly string[], value: unknown): string {
  const read = JSON.parse(text) as Record<string, unknown> & { response: Record<string, unknown> }
  const [outer = '', inner] = path
  if (inner === undefined) read[outer] = value
  else read.response[inner] = value
  return JSON.stringify(read)
}

describe('A malformed answer of a passkey', () => {
  it('is told from one that is whole', async () => {
    expect(await verifyRegistration(registered, expected)).to.include({ is: 'registered' })
    expect(await verifyAssertion(asserted, expected, find)).to.include({ is: 'verified' })
  })

  const values = [
    undefined,
    null,
    7,
    {},
    [],
    [asserted],
    '',
    'null',
    '[]',
    '{}',
    '"text"',
    '{"__proto__": {"id": "a"}}',
    '{"id": {"toString": 1}, "response": []}',
    `{"id": "a", "rawId": "a", "type": "public-key", "response": {"clientDataJSON": "${base64url('null')}"}}`,
    `${'['.repeat(4000)}${']'.repeat(4000)}`,
    'x'.repeat(9000),
  ]
  for (const value of values)
    it(`is refused: ${inspect(value).slice(0, 40)}`, async () => {
      await isRefused(value)
    })

  it('is refused if it is longer than 8 KB', async () => {
    const padded = (length: number) => asserted + ' '.repeat(length - asserted.length)
    expect(await verifyAssertion(padded(8192), expected, find)).to.include({ is: 'verified' })
    expect(await verifyAssertion(padded(8193), expected, find)).to.deep.equal({ is: 'refused', why: 'malformed' })
  })

  const anything = fc.oneof(
    fc.jsonValue(),
    fc.uint8Array({ maxLength: 3000 }).map((bytes) => base64url(Buffer.from(bytes))),
    fc.constantFrom('=', 'AA==', 'AB', '+/', '-', '__proto__', '\u0000', { length: 1 }),
  )
  for (const [name, text] of Object.entries({ registration: registered, assertion: asserted }))
    for (const path of paths(text))
      it(`is refused with anything else as ${path.join('.')} of the ${name}`, async () => {
        await fc.assert(
          fc.asyncProperty(anything, (value) => isRefused(replaced(text, path, value))),
          { numRuns: 40 },
        )
      })

  it('is refused with any byte of a signed part changed', async () => {
    const parts = ['clientDataJSON', 'authenticatorData', 'signature'] as const
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...parts),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (part, at, bits) => {
          const { response } = assertion(passkey, given)
          const bytes = Buffer.from(response[part] as string, 'base64url')
          bytes[at % bytes.length]! ^= bits
          await isRefused(replaced(asserted, ['response', part], base64url(bytes)))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is refused with an attestation of nested, endless or cut CBOR', async () => {
    const whole = Buffer.from(
      (JSON.parse(registered) as ReturnType<typeof registration>).response['attestationObject'] as string,
      'base64url',
    )
    const nested = (depth: number, type: number) => Buffer.concat([Buffer.alloc(depth, type), Buffer.from([0])])
    const attestations = [
      nested(5000, 0x81),
      nested(5000, 0xa1),
      Buffer.from('9b00ffffffffffffff', 'hex'),
      Buffer.from('bb00ffffffffffffff', 'hex'),
      Buffer.from('5b00ffffffffffffff', 'hex'),
      Buffer.from('9fff', 'hex'),
      cbor([]),
      cbor(new Map([['fmt', 'none']])),
      cbor(
        new Map<string, string | Buffer>([
          ['fmt', 'none'],
          ['attStmt', 'x'],
          ['authData', 'x'],
        ]),
      ),
      cbor(
        new Map<string, string | Buffer>([
          ['fmt', 'packed'],
          ['attStmt', 'x'],
          ['authData', Buffer.alloc(200)],
        ]),
      ),
      ...[1, 30, 36, 60, 100, whole.length - 1].map((length) => whole.subarray(0, length)),
    ]
    for (const attestation of attestations)
      await isRefused(replaced(registered, ['response', 'attestationObject'], base64url(attestation)))
  })

  it('is refused with a second credential inside its authenticator data', async () => {
    const { response } = registration(passkey, given)
    const bytes = Buffer.from(response['attestationObject'] as string, 'base64url')
    const longer = Buffer.concat([bytes, Buffer.alloc(40)])
    // The length of authData stands in two bytes before it.
    const at = longer.indexOf(Buffer.from('authData')) + 'authData'.length
    longer[at + 1]! += 40
    await isRefused(replaced(registered, ['response', 'attestationObject'], base64url(longer)))
  })
})
