import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importAccounts, type ImportTools } from '../../src/server/commands/importAccounts.ts'
import { type Format, readSources } from '../../src/server/imports/source.ts'
import type { TakeOver } from '../../src/server/imports/candidate.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { Authenticator } from '../support/authenticator.ts'
import { keycloakPerson, type KeycloakPerson, keycloakUser, otpOf, realmOf } from '../support/keycloakExport.ts'

const nothing: TakeOver = { groups: false, roles: new Map() }

describe('An import from another system', () => {
  let root: string
  let host: ApiHost
  let files = 0
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'rekey-exports-'))
    host = await openApiHost()
  })
  after(async () => {
    await host.close()
    await rm(root, { recursive: true })
  })

  const toolsOf = (report: (line: string) => void, more: Partial<ImportTools>): ImportTools => ({
    accounts: host.host.directory,
    clock: host.host.clock,
    async adopt(id, { secret, at }) {
      const { refused } = await host.host.rekey.adopt([{ id, secret, enrolledAt: at }], { allowShortSecrets: true })
      expect(refused).to.deep.equal([])
    },
    report,
    ...more,
  })

  async function run(
    text: string,
    { take = nothing, format, ...more }: Partial<ImportTools> & { take?: TakeOver; format?: Format } = {},
  ) {
    const path = join(root, `export${(files += 1)}.json`)
    await writeFile(path, text)
    const said: string[] = []
    const counts = await importAccounts(
      readSources(path, take, format),
      toolsOf((line) => said.push(line), more),
    )
    return { counts, said }
  }

  /** Signs in with the old password and the old authenticator, up to the authorization code. */
  async function signIn(email: string, password: string, secret: string): Promise<void> {
    const authenticator = new Authenticator(secret)
    const code = async () => authenticator.at(host.server.now())
    await host.enter({ id: email, email, password, authenticator, codes: [], code })
  }

  /** The Base32 of the bytes of a Keycloak key. */
  const base32 = ({ key }: KeycloakPerson): string =>
    [...Buffer.from(key)]
      .map((byte) => byte.toString(2).padStart(8, '0'))
      .join('')
      .replace(/.{5}/g, (bits) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(bits, 2)] ?? '')

  it('of Keycloak signs people in with the old password and the old authenticator', async () => {
    const people = [1, 2, 3].map(keycloakPerson)
    const { counts, said } = await run(realmOf(people.map((person) => keycloakUser(person))))
    expect([counts.created, counts.bad, said]).to.deep.equal([3, 0, []])
    const [, ana = keycloakPerson(0)] = people
    await signIn(ana.email, ana.password, base32(ana))
    const person = await host.host.directory.findByEmail(ana.email)
    expect(person).to.deep.include({ id: `f:${ana.email}`, name: 'Ana Silva', locale: 'de', roles: [], groups: [] })
    const again = await run(realmOf(people.map((each) => keycloakUser(each, 1000, { firstName: 'Eve' }))))
    expect(again.counts).to.include({ created: 0, exists: 3 })
    expect(await host.host.directory.findByEmail(ana.email)).to.have.property('name', 'Ana Silva')
  })

  it('of Keycloak in a folder, minified, as a list, or of an older version, is recognised', async () => {
    const folder = join(root, 'folder')
    await mkdir(folder)
    await writeFile(join(folder, 'example-realm.json'), JSON.stringify({ realm: 'example', enabled: true }))
    for (const n of [10, 2])
      await writeFile(join(folder, `example-users-${n}.json`), realmOf([keycloakUser(keycloakPerson(10 + n))]))
    const said: string[] = []
    const counts = await importAccounts(
      readSources(folder, nothing),
      toolsOf((line) => said.push(line), {}),
    )
    expect([counts.created, said]).to.deep.equal([2, []])
    const user = keycloakUser(keycloakPerson(30))
    expect((await run(JSON.stringify({ realm: 'r', users: [user] }))).counts).to.include({ created: 1, bad: 0 })
    expect((await run(JSON.stringify([keycloakUser(keycloakPerson(31))]))).counts).to.include({ created: 1, bad: 0 })
    const old = keycloakPerson(32)
    const credentials = [
      { type: 'totp', hashedSaltedValue: old.key, digits: 6, period: 30, algorithm: 'HmacSHA1', counter: 0 },
    ]
    expect((await run(realmOf([keycloakUser(old, 1000, { credentials })]))).counts).to.include({
      created: 1,
      withoutFactor: 0,
    })
    expect((await run(`{"realm":"r",\n"users":[`, { format: 'keycloak' })).said).to.deep.equal(['line 1: is not JSON'])
    const realms = await run(
      JSON.stringify([
        { realm: 'a', users: [] },
        { realm: 'b', users: [] },
      ]),
    )
    expect(realms.said.join()).to.match(/^line 1: holds several realms/)
  })

  it('of Keycloak takes over what decides on access only when it is told to', async () => {
    const user = (n: number) => realmOf([keycloakUser(keycloakPerson(n))])
    await run(user(40))
    expect(await host.host.directory.findByEmail('person40@example.com')).to.deep.include({ roles: [], groups: [] })
    await run(user(41), { take: { groups: true, roles: new Map([['admin', 'helpdesk']]) } })
    const taken = await host.host.directory.findByEmail('person41@example.com')
    expect(taken).to.deep.include({ roles: ['helpdesk'], groups: ['staff/admin'] })
  })

  it('of Keycloak leaves out what is no person, and names people without an email', async () => {
    const users = [
      keycloakUser(keycloakPerson(50), 1000, { serviceAccountClientId: 'app', email: undefined }),
      keycloakUser(keycloakPerson(51), 1000, { email: undefined }),
      keycloakUser(keycloakPerson(52), 1000, { enabled: false, emailVerified: false }),
      keycloakUser(keycloakPerson(53), 1000, { requiredActions: ['UPDATE_PASSWORD'] }),
    ]
    const { counts, said } = await run(realmOf(users))
    expect(counts).to.include({ created: 2, bad: 1, skipped: 1, withoutPassword: 1 })
    expect(said.map((line) => line.replace(/line \d+/, 'line'))).to.deep.equal([
      'line: person50 is a service account: skipped',
      'line: person51 has no email, which an account needs',
      'line: person53@example.com comes without its password, as it had to be changed at the next sign-in',
    ])
    const disabled = await host.host.directory.findByEmail('person52@example.com')
    expect(disabled).to.include({ status: 'disabled', emailVerified: false })
    expect(await host.host.directory.authenticate('person53@example.com', 'old-password-53')).to.equal(null)
  })

  const lost: Readonly<Record<string, object>> = {
    'that counts': otpOf('12345678901234567890', { subType: 'hotp' }),
    'that is a security key': { type: 'webauthn', secretData: '{}', credentialData: '{}' },
    'that is a set of recovery codes': { type: 'recovery-authn-codes', secretData: '{}', credentialData: '{}' },
    'whose key is too short': otpOf('12345'),
  }
  for (const [n, [what, credential]] of Object.entries(lost).entries())
    it(`keeps a person with a second factor ${what}, and lets no password replace it`, async () => {
      const person = keycloakPerson(60 + n)
      const exported = realmOf([
        keycloakUser(person, 1000, { credentials: [...passwordsIn(keycloakUser(person, 1000)), credential] }),
      ])
      const { counts, said } = await run(exported)
      expect(counts).to.include({ created: 1, bad: 0, withoutFactor: 1 })
      expect(said.join()).to.include(`${person.email} comes without its second factor, as it`)
      const page = await host.enterPassword(await host.begin(), person)
      expect([page.status, page.h1]).to.deep.equal([403, 'Your account cannot be checked'])
      const admin = await host.admin()
      const id = encodeURIComponent(`f:${person.email}`)
      expect((await admin.call('GET', `/users/${id}`)).body.two_factor.state).to.equal('unavailable')
      // A reset is the way back.
      const reset = await admin.reset({ id }, { code: await admin.person.code() })
      expect(reset.status, reset.text).to.equal(201)
    })

  it('lets the password set another factor up, or resets at once, only when told to', async () => {
    const exported = (n: number) =>
      realmOf([keycloakUser(keycloakPerson(n), 1000, { credentials: [lost['that counts']] })])
    await run(exported(70), { unusableFactor: 'set-up' })
    expect(await host.host.directory.findByEmail('person70@example.com')).to.have.property('secondFactorSince', null)
    const resets: string[] = []
    await run(exported(71), { unusableFactor: 'reset', resetFactor: async (id) => resets.push(id) })
    expect(resets).to.deep.equal(['f:person71@example.com'])
  })

  it('writes nothing in a check, and reports the same', async () => {
    const text = realmOf([
      keycloakUser(keycloakPerson(80)),
      keycloakUser(keycloakPerson(81), 1000, { email: undefined }),
    ])
    const checked = await run(text, { check: true })
    expect(await host.host.directory.findByEmail('person80@example.com')).to.equal(null)
    expect(await run(text)).to.deep.equal(checked)
  })

  it('of Auth0 signs people in, and names factors that stay behind', async () => {
    const bcrypt = '$2b$04$abcdefghijklmnopqrstuub.ZjCeFtaHcVNO3csJiht1Oa5O89F5e'
    const salted = createHash('sha256').update('a passwordsalt').digest('hex')
    const { counts, said } = await run(
      JSON.stringify([
        {
          user_id: 'auth0|64f1c0',
          email: 'a@auth0.example',
          email_verified: true,
          name: 'A',
          custom_password_hash: { algorithm: 'bcrypt', hash: { value: bcrypt } },
          mfa_factors: [{ totp: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } }],
        },
        {
          user_id: 'b',
          email: 'b@auth0.example',
          custom_password_hash: {
            algorithm: 'sha256',
            hash: { value: salted, encoding: 'hex' },
            salt: { value: 'salt', position: 'suffix' },
          },
        },
        {
          user_id: 'c',
          email: 'c@auth0.example',
          custom_password_hash: { algorithm: 'md5', hash: { value: 'x' } },
          mfa_factors: [{ phone: { value: '+351' } }],
        },
      ]),
    )
    expect(counts).to.include({ created: 3, bad: 0, withoutFactor: 1, withoutPassword: 1 })
    expect(said).to.deep.equal([
      'line 1: c@auth0.example comes without its second factor, as it is of type phone: its sign-in is refused until a reset',
      'line 1: c@auth0.example comes without its password, as its hash is unknown',
    ])
    await signIn('a@auth0.example', 'correct horse é', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP')
    expect(await host.host.directory.find('auth0|64f1c0')).to.include({ name: 'A' })
    expect(await host.host.directory.authenticate('b@auth0.example', 'a password')).to.include({
      id: 'b',
      emailVerified: false,
    })
  })

  it('of Google Authenticator, and of otpauth URIs, takes each entry for the person that its label names', async () => {
    // Two entries: example@google.com with "Hello!\xde\xad\xbe\xef" (TOTP), and a counting one; made with the .proto of the app.
    const payload = Buffer.concat(
      [
        [
          0x0a,
          10,
          ...Buffer.from('Hello!\xde\xad\xbe\xef', 'latin1'),
          0x12,
          18,
          ...Buffer.from('example@google.com'),
          0x20,
          1,
          0x28,
          1,
          0x30,
          2,
        ],
        [
          0x0a,
          10,
          ...Buffer.from('Hello!\xde\xad\xbe\xef', 'latin1'),
          0x12,
          14,
          ...Buffer.from('hotp@google.com').subarray(0, 14),
          0x30,
          1,
        ],
      ].map((entry) => Buffer.from([0x0a, entry.length, ...entry])),
    )
    const uri = `otpauth-migration://offline?data=${encodeURIComponent(payload.toString('base64'))}`
    const lines = [
      uri,
      '',
      'otpauth://totp/Example%3Alist%40google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example',
      'otpauth-migration://offline?data=CgX_',
      'no uri',
    ]
    const { counts, said } = await run(lines.join('\n'))
    expect(counts).to.include({ created: 3, bad: 2, withoutFactor: 1 })
    expect(said.filter((line) => line.includes('is no otpauth URI'))).to.have.length(2)
    expect(said.join()).to.include('hotp@google.co comes without its second factor, as it counts (HOTP)')
    const id = (await host.host.directory.findByEmail('list@google.com'))?.id ?? ''
    expect(await host.host.rekey.state(id)).to.have.property('state', 'active')
  })
})

const passwordsIn = (user: object): unknown[] =>
  (user as { credentials: { type: string }[] }).credentials.filter(({ type }) => type === 'password')
