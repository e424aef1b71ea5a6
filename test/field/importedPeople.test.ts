/** What real exports hold besides the usual: nobody is lost silently, and no password alone replaces a second factor of elsewhere. */
import { expect } from 'chai'
import { pbkdf2Sync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { hash } from '@node-rs/bcrypt'
import { StoreUnavailable } from '../../src/errors.ts'
import { importAccounts, type ImportTools } from '../../src/server/commands/importAccounts.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { type Format, readSources } from '../../src/server/imports/source.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { otpOf } from '../support/keycloakExport.ts'

const clock = { now: () => 1_900_000_000 }
const hotp = otpOf('12345678901234567890', { subType: 'hotp' })
const passwordWith = (algorithm: string, value: string, salt = ''): object => ({
  type: 'password',
  secretData: JSON.stringify({ value, salt }),
  credentialData: JSON.stringify({ hashIterations: 10, algorithm }),
})

describe('People of an export', () => {
  let root: string
  let directory: ReturnType<typeof createDirectory>
  let files = 0
  const adopted = new Map<string, string>()
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'rekey-people-'))
  })
  beforeEach(() => {
    directory = createDirectory({ profiles: memoryStore({ clock }).profiles, clock })
    adopted.clear()
  })
  after(() => rm(root, { recursive: true }))

  interface Run extends Partial<ImportTools> {
    readonly format?: Format
    readonly groups?: boolean
  }
  async function run(content: string | Buffer, { format, groups = false, ...more }: Run = {}) {
    const path = join(root, `export${(files += 1)}.json`)
    await writeFile(path, content)
    const said: string[] = []
    const counts = await importAccounts(readSources(path, { groups, roles: new Map() }, format), {
      accounts: directory,
      clock,
      async adopt(id, { secret }) {
        adopted.set(id, secret)
        return undefined
      },
      report: (line) => said.push(line),
      pause: async () => undefined,
      ...more,
    })
    return { counts, said }
  }
  const realm = (...users: object[]): string => JSON.stringify({ realm: 'r', users })
  const user = (name: string, more: object = {}) => ({
    id: `id-${name}`,
    username: name,
    email: `${name}@example.com`,
    credentials: [],
    requiredActions: [],
    ...more,
  })

  const had: Readonly<Record<string, string>> = {
    'a list of users without credentials says `totp`': JSON.stringify([
      user('ana', { credentials: undefined, totp: true }),
    ]),
    'an export without the credential says `totp`': realm(user('ana', { totp: true })),
    'Auth0 says `multifactor`': JSON.stringify({ user_id: 'x', email: 'ana@example.com', multifactor: ['guardian'] }),
  }
  for (const [what, text] of Object.entries(had))
    it(`is not offered a first set-up when ${what}`, async () => {
      const { counts, said } = await run(text)
      expect(counts).to.include({ created: 1, withoutFactor: 1 })
      expect(said.join()).to.match(/ana@example\.com comes without its second factor, as the file does not hold it/)
      expect(await directory.findByEmail('ana@example.com')).to.have.property('secondFactorSince', clock.now())
    })

  it('takes the first authenticator that can be taken over, of several', async () => {
    const credentials = [hotp, otpOf('short'), otpOf('abcdefghij0123456789')]
    expect((await run(realm(user('ana', { credentials })))).counts).to.include({ created: 1, withoutFactor: 0 })
    expect([...adopted.keys()]).to.deep.equal(['id-ana'])
    const factors = ['JBSW', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'].map((secret) => ({ totp: { secret } }))
    await run(JSON.stringify({ user_id: 'auth0|1', email: 'b@example.com', mfa_factors: factors }))
    expect(adopted.get('auth0|1')).to.equal('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP')
  })

  it('goes on after a person whose reset is refused, and resets no disabled one', async () => {
    const people = ['ana', 'ben', 'eva'].map((name) => user(name, { credentials: [hotp], enabled: name !== 'ana' }))
    const resets: string[] = []
    let outages = 1
    const { counts, said } = await run(realm(...people), {
      unusableFactor: 'reset',
      async resetFactor(id) {
        if (id === 'id-ben') throw new Error('not reset: busy')
        if (outages-- > 0) throw new StoreUnavailable('away')
        resets.push(id)
      },
    })
    expect([counts.created, counts.withoutFactor, resets]).to.deep.equal([3, 3, ['id-eva']])
    expect(said.slice(0, 3).map((line) => line.replace(/^.*: /, ''))).to.deep.equal([
      'its sign-in is refused until a reset',
      'the link of a reset is mailed',
      'busy',
    ])
    expect(said.at(-1)).to.match(/eva@.*: the link of a reset is mailed$/)
  })

  it('is named where another entry has the same address, and keeps authenticators apart', async () => {
    const first = user('ana', { credentials: [otpOf('abcdefghij0123456789')] })
    const other = user('other', { email: 'ANA@Example.com', credentials: [otpOf('zzzzzzzzzz0123456789')] })
    const { counts, said } = await run(realm(first, other))
    expect(counts).to.include({ created: 1, exists: 1, withAnotherId: 1 })
    expect(said).to.deep.equal([
      'line 1: ana@example.com exists, with the id id-ana: the person with the id id-other is not imported',
    ])
    const replaced: string[] = []
    const again = await run(realm(first, other), {
      async replaceFactor(id, { secret }) {
        replaced.push(`${id} ${secret}`)
        return undefined
      },
    })
    expect(replaced).to.deep.equal([`id-ana ${adopted.get('id-ana')}`])
    expect(again.counts).to.include({ replaced: 1, exists: 1, withAnotherId: 1 })
  })

  const passwords: Readonly<Record<string, () => Promise<object>>> = {
    'bcrypt of an extension': async () => passwordWith('bcrypt', (await hash('old password', 4)).replace('$2b', '$2a')),
    'an older bcrypt': async () => ({
      type: 'password',
      algorithm: 'bcrypt',
      hashedSaltedValue: await hash('old password', 4),
    }),
    'PBKDF2 of SHA-1': async () =>
      passwordWith(
        'pbkdf2',
        pbkdf2Sync('old password', 'saltsaltsaltsalt', 10, 64, 'sha1').toString('base64'),
        Buffer.from('saltsaltsaltsalt').toString('base64'),
      ),
  }
  for (const [what, made] of Object.entries(passwords))
    it(`of Keycloak signs in with ${what}`, async () => {
      expect((await run(realm(user('ana', { credentials: [await made()] })))).said).to.deep.equal([])
      expect(await directory.authenticate('ana@example.com', 'old password')).to.have.property('id', 'id-ana')
    })

  it('of another directory, or of a social sign-in, is reported without a password', async () => {
    const { counts, said } = await run(
      JSON.stringify({
        realm: 'r',
        users: [
          user('ldap', { federationLink: 'x' }),
          user('social', { federatedIdentities: [{ identityProvider: 'google' }] }),
          user('invited'),
        ],
        federatedUsers: [{ id: 'f:1:bob', credentials: [hotp] }],
      }),
    )
    expect(counts).to.include({ created: 3, bad: 1, withoutPassword: 2 })
    expect(said).to.deep.equal([
      'line 1: ldap@example.com comes without its password, as it is kept by a user federation',
      'line 1: social@example.com comes without its password, as it signed in through google',
      'line 1: f:1:bob is known to a user federation only: the export has no email, which an account needs',
    ])
  })

  it('keeps a name and groups as far as they fit, in the form of the API, and says what was left out', async () => {
    const { counts, said } = await run(
      realm(
        user('ana', {
          firstName: 'Ana\tMaria\ud800',
          groups: ['/a/b/c', '/Zu\u0308rich ', `/${'g'.repeat(101)}`, '/x\ny'],
        }),
        user('long', { firstName: 'é'.repeat(250) }),
      ),
      { groups: true },
    )
    expect(counts).to.include({ created: 2, bad: 0 })
    expect(said.map((line) => line.replace(/^line 1: \w+@example\.com: /, ''))).to.deep.equal([
      'its name has other characters, or more than 200: it is shortened',
      '2 of its groups are left out: a group has one line, at most 100 characters',
      'its name has other characters, or more than 200: it is shortened',
    ])
    expect(await directory.findByEmail('ana@example.com')).to.deep.include({
      name: 'Ana Maria',
      groups: ['a/b/c', 'Zürich'],
    })
    expect((await directory.findByEmail('long@example.com'))?.name).to.equal('é'.repeat(200))
  })

  it('is named by its fault, since an export is one line', async () => {
    expect((await run(realm(user('ana', { email: 'a..b@docomo.example' })))).said).to.deep.equal([
      'line 1: a..b@docomo.example: email: must be an email address',
    ])
  })

  it('has a verified address only if it was the address that was verified', async () => {
    await run(realm(user('ana', { username: 'ana@example.com', email: undefined, emailVerified: true })))
    expect(await directory.findByEmail('ana@example.com')).to.have.property('emailVerified', false)
  })

  it('of the export of password hashes that Auth0 sends signs in under the same id', async () => {
    const line = {
      _id: { $oid: '60425dc43519d90068f82973' },
      email_verified: true,
      email: 'ana@example.com',
      passwordHash: await hash('old password', 4),
      tenant: 't',
      connection: 'Username-Password-Authentication',
    }
    expect((await run(JSON.stringify(line))).counts).to.include({ created: 1, bad: 0 })
    expect(await directory.authenticate('ana@example.com', 'old password')).to.include({
      id: 'auth0|60425dc43519d90068f82973',
    })
    const { said } = await run(JSON.stringify({ user_id: 'auth0|2', email: 'b@example.com', name: 'B' }))
    expect(said).to.deep.equal(['line 1: b@example.com comes without its password, as the file does not hold it'])
  })

  it('with several different authenticators in a file of URIs has none of them guessed', async () => {
    const uri = (label: string, secret: string) => `otpauth://totp/${label}?secret=${secret}`
    const [ours, theirs] = ['JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ']
    const lines = [uri('Ours:a@example.com', ours), uri('GitHub:A@example.com', theirs), uri('b@example.com', ours)]
    const { counts, said } = await run([...lines, uri('b@example.com', ours)].join('\n'))
    expect(counts).to.include({ created: 1, exists: 1, bad: 2 })
    expect(said.slice(0, 2)).to.deep.equal([
      'line 1: a@example.com has several authenticators in this file: keep the line of this service',
      'line 2: A@example.com has several authenticators in this file: keep the line of this service',
    ])
  })

  const mistaken: Readonly<Record<string, [string | Buffer, RegExp]>> = {
    'a CSV': [`email,name\n${'a@example.com,A\n'.repeat(50)}`, /^line 1: is neither JSON Lines nor a JSON list/],
    'one account over several lines': [
      JSON.stringify({ email: 'a@example.com', name: 'A' }, null, 2),
      /^line 1: begins an object that ends on another line/,
    ],
    'a gzip file': [gzipSync('{}'), /is compressed: unpack it$/],
    'a spreadsheet': [Buffer.from('PK\x03\x04\x14\0\x06\0', 'latin1'), /is compressed: unpack it$/],
  }
  for (const [what, [content, fault]] of Object.entries(mistaken))
    it(`are not looked for in ${what}, which is one clear fault`, async () => {
      const said = await run(content).then(
        ({ said: lines }) => lines,
        (error: Error) => [error.message],
      )
      expect(said).to.have.length(1)
      expect(said[0]).to.match(fault)
    })

  const halves: Readonly<Record<string, object>> = {
    'half a character in its name': { name: 'A\ud800' },
    'half a character in its password': { name: 'A', password: 'long enough \udc00' },
    'half a character in a group': { name: 'A', groups: ['\ud800'] },
    'a NUL in a group': { name: 'A', groups: ['a\0'] },
  }
  for (const [what, given] of Object.entries(halves))
    it(`with ${what} is a fault, as it could not be stored`, async () => {
      const { counts, said } = await run(JSON.stringify({ email: 'a@example.com', ...given }))
      expect([counts.created, counts.bad]).to.deep.equal([0, 1])
      expect(said[0]).to.match(/^line 1: (?:name|password|groups\.0): /)
    })
})
