import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashPassword } from '../../src/crypto/passwords.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { type Adopted, importAccounts } from '../../src/server/commands/importAccounts.ts'
import { readEntries } from '../../src/server/commands/importFile.ts'
import { memoryStore } from '../../src/store/memory.ts'

const clock = { now: () => 1_800_000_000 }
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

describe('An import of accounts', () => {
  let root: string
  before(async () => void (root = await mkdtemp(join(tmpdir(), 'rekey-import-'))))
  after(() => rm(root, { recursive: true }))

  function host() {
    const accounts = createDirectory({ profiles: memoryStore({ clock }).profiles, clock })
    const adopted = new Map<string, Adopted & { findable: boolean }>()
    const replaced = new Map<string, Adopted>()
    const said: string[] = []
    async function run(name: string, text: string, withReplacement = false) {
      const path = join(root, name)
      await writeFile(path, text)
      return importAccounts(readEntries(path), {
        accounts,
        clock,
        report: (line) => said.push(line),
        adopt: async (id, authenticator) =>
          void adopted.set(id, { ...authenticator, findable: (await accounts.find(id)) !== null }),
        ...(withReplacement && {
          replaceFactor: async (id: string, account: Adopted) => void replaced.set(id, account),
        }),
      })
    }
    const lines = (values: unknown[], withReplacement = false) =>
      run(
        'accounts.jsonl',
        values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n'),
        withReplacement,
      )
    return { accounts, adopted, replaced, said, run, lines }
  }

  it('treats an address as verified unless the file says otherwise', async () => {
    const { accounts, said, lines } = host()
    const counts = await lines(
      [undefined, true, false, 'no'].map((email_verified, n) => ({
        email: `${n}@example.com`,
        name: 'N',
        email_verified,
      })),
    )
    expect([counts.created, counts.bad, said]).to.deep.equal([3, 1, ['line 4: email_verified: must be true or false']])
    const found = [0, 1, 2].map(async (n) => (await accounts.findByEmail(`${n}@example.com`))?.emailVerified ?? true)
    expect(await Promise.all(found)).to.deep.equal([true, true, false])
  })

  it('creates good entries, reports bad ones by line and leaves existing accounts unchanged', async () => {
    const { accounts, said, lines } = host()
    await accounts.create({ email: 'old@example.com', name: 'Old' })
    const counts = await lines([
      {
        email: 'ana@example.com',
        name: 'Ana',
        roles: ['admin'],
        groups: ['x'],
        locale: 'de-ch',
        password: 'secret word',
      },
      '{"email": "half',
      { email: 'no address', name: '', rolls: [] },
      '',
      { email: 'OLD@example.com', name: 'New', roles: ['admin'], status: 'disabled' },
      { email: 'ana@example.com', name: 'Twice' },
      '7',
      { id: 'b1', email: 'ben@example.com', name: 'Ben', status: 'pending' },
    ])
    expect(counts).to.include({ created: 2, exists: 2, replaced: 0, bad: 3 })
    expect(said).to.deep.equal([
      'line 2: is not JSON',
      'line 3: email: must be an email address',
      'line 3: name: must be a name of one line, at most 200 characters',
      'line 3: rolls: unknown key',
      'line 5: old@example.com exists',
      'line 6: ana@example.com exists',
      'line 7: must be an account: {email, name, …}',
    ])
    expect(await accounts.findByEmail('old@example.com')).to.include({ name: 'Old', status: 'active' })
    expect(await accounts.find('b1')).to.include({ status: 'pending', secondFactorSince: null })
    const ana = await accounts.authenticate('ana@example.com', 'secret word')
    expect(ana).to.deep.include({ name: 'Ana', roles: ['admin'], groups: ['x'], locale: 'de-CH' })
  })

  it('reads YAML, and reports the line on which an account begins', async () => {
    const { accounts, said, run } = host()
    const text = '# two\n- email: ana@example.com\n  name: Ana\n\n- email: nobody\n  name: Ben\n- just a word\n'
    expect(await run('accounts.yaml', text)).to.include({ created: 1, bad: 2 })
    expect(said).to.deep.equal([
      'line 5: email: must be an email address',
      'line 7: must be an account: {email, name, …}',
    ])
    expect(await accounts.findByEmail('ana@example.com')).to.have.property('name', 'Ana')
    expect(await run('accounts.yml', 'a: ['))
      .to.have.property('bad')
      .above(0)
    expect(await run('accounts.yml', 'a: 1')).to.have.property('bad', 1)
    expect(await run('accounts.yml', '')).to.include({ created: 0, exists: 0, replaced: 0, bad: 0 })
  })

  it('keeps a hash that can be verified as it is, and refuses others', async () => {
    const { accounts, said, lines } = host()
    const counts = await lines([
      { email: 'a@example.com', name: 'A', password_hash: await hashPassword('a password') },
      {
        email: 'b@example.com',
        name: 'B',
        password_hash: '5f4dcc3b5aa765d61d8327deb882cf99',
      },
      { email: 'd@example.com', name: 'D', password_hash: 'pbkdf2_sha256$10000000$NaCl$bU/TW5lz3b3akPANq/qLf+rNCaE=' },
      { email: 'c@example.com', name: 'C', password_hash: await hashPassword('c'), password: 'c' },
    ])
    expect(counts).to.include({ created: 1, bad: 3 })
    expect(said).to.deep.equal([
      'line 2: password_hash: is of no kind that can be verified: argon2, bcrypt, scrypt, PBKDF2, crypt of SHA-2, {SSHA}',
      'line 3: password_hash: would take many seconds of a core at each sign-in',
      'line 4: password and password_hash: only one of them',
    ])
    expect(await accounts.authenticate('a@example.com', 'a password')).to.have.property('name', 'A')
  })

  it('refuses a pending account with an authenticator, whose invitation could not be completed', async () => {
    const { accounts, adopted, said, lines } = host()
    const totp = { secret: 'jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp' }
    const counts = await lines([{ id: 'a', email: 'a@example.com', name: 'A', status: 'pending', totp }])
    expect([counts.bad, adopted.size, await accounts.find('a')]).to.deep.equal([1, 0, null])
    expect(said).to.deep.equal(['line 1: totp: an account that is pending has none yet'])
  })

  it('imports an authenticator, whose record is written before the account can be found', async () => {
    const { accounts, adopted, lines } = host()
    await lines([
      { id: 'a', email: 'a@example.com', name: 'A', totp: { secret: 'jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp' } },
      {
        id: 'b',
        email: 'b@example.com',
        name: 'B',
        totp: `otpauth://totp/X:b?secret=${secret}&issuer=X&algorithm=sha1&digits=6&period=30`,
      },
    ])
    const kept = { secret, at: 1_800_000_000, findable: false }
    expect([...adopted]).to.deep.equal([
      ['a', kept],
      ['b', kept],
    ])
    expect(await accounts.find('a')).to.have.property('secondFactorSince', 1_800_000_000)
  })

  const unusable: Record<string, unknown> = {
    'too short': { secret: 'JBSWY3DP' },
    'not Base32': { secret: `${secret.slice(1)}1` },
    'of seven digits': `otpauth://totp/b?secret=${secret}&digits=7`,
    'of MD5': `otpauth://totp/b?secret=${secret}&algorithm=MD5`,
    'counting instead of timed': `otpauth://hotp/b?secret=${secret}&counter=1`,
    'of a period of minutes': `otpauth://totp/b?secret=${secret}&period=300`,
  }
  for (const [what, totp] of Object.entries(unusable)) {
    it(`leaves out an authenticator ${what}, keeps the person shut out, and does not repeat the secret`, async () => {
      const { accounts, adopted, said, lines } = host()
      const counts = await lines([{ id: 'a', email: 'a@example.com', name: 'A', totp }])
      expect(counts).to.include({ created: 1, bad: 0, withoutFactor: 1 })
      expect(said.join())
        .to.match(/^line 1: a@example.com comes without its second factor, as it/)
        .and.not.include('JBSW')
      expect(adopted.size).to.equal(0)
      // Without a record it counts as lost, never as "none".
      expect(await accounts.find('a')).to.include({ secondFactorSince: 1_800_000_000, secondFactor: 'unavailable' })
    })
  }

  it('tries an entry again when the store is away, and ends when it stays away', async () => {
    const { accounts } = host()
    const run = async (failures: number) => {
      const pauses: number[] = []
      const away = { ...accounts, create: (account: Parameters<typeof accounts.create>[0]) => create(account) }
      let left = failures
      const create = async (account: Parameters<typeof accounts.create>[0]) => {
        // The answer is lost, after or before the account was created.
        if (left === 1) await accounts.create(account)
        if (left-- > 0) throw new StoreUnavailable('away')
        return accounts.create(account)
      }
      const entries = (async function* () {
        yield { line: 1, value: { email: `away${failures}@example.com`, name: 'A' } }
      })()
      const pause = async (ms: number) => void pauses.push(ms)
      const counts = await importAccounts(entries, {
        accounts: away,
        clock,
        pause,
        adopt: async () => undefined,
        report: () => {},
      }).catch((error: unknown) => error)
      return { counts, pauses }
    }
    const found = await run(2)
    expect(found.counts).to.include({ created: 1, exists: 0 })
    expect(found.pauses).to.have.length(2)
    const lost = await run(99)
    expect(lost.counts).to.be.instanceOf(StoreUnavailable)
    expect(lost.pauses.reduce((sum, ms) => sum + ms)).to.equal(14_200)
  })

  it('replaces the authenticator of an existing account only with the option, and only of the same person', async () => {
    const { accounts, adopted, replaced, lines } = host()
    await accounts.create({ id: 'a', email: 'a@example.com', name: 'A', secondFactorSince: 5 })
    const line = { id: 'a', email: 'a@example.com', name: 'A', totp: { secret } }
    expect(await lines([line])).to.include({ exists: 1 })
    expect(replaced.size).to.equal(0)
    expect(await lines([line, { ...line, email: 'other@example.com' }, { ...line, totp: undefined }], true)).to.include(
      { replaced: 1, exists: 2 },
    )
    expect([...replaced]).to.deep.equal([['a', { secret, at: 1_800_000_000 }]])
    expect(adopted.size).to.equal(0)
  })
})
