import { expect } from 'chai'
import { createHook } from 'node:async_hooks'
import type { FactorState } from '../../src/core/questions.ts'
import { hashPassword, needsRehash } from '../../src/crypto/passwords.ts'
import { createDirectory } from '../../src/server/directory.ts'
import type { PeopleQuery } from '../../src/ports.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Profiles } from '../../src/store/store.ts'
import { parse } from '../../src/server/directory/profile.ts'

const clock = { now: () => 1_800_000_000 }

function host() {
  const { profiles } = memoryStore({ clock })
  return { profiles, directory: createDirectory({ profiles, clock }) }
}

describe('The account directory', () => {
  const password = 'correct horse battery staple'
  let passwordHash: string
  before(async () => void (passwordHash = await hashPassword(password)))

  it('finds a person by id and by any spelling of the email', async () => {
    const { directory } = host()
    const created = await directory.create({ id: 'a1', email: ' Ana@Example.COM ', name: 'Ana  Silva' })
    expect(created).to.deep.equal({
      id: 'a1',
      email: 'ana@example.com',
      name: 'Ana  Silva',
      locale: null,
      roles: [],
      groups: [],
      status: 'active',
      createdAt: 1_800_000_000,
      secondFactorSince: null,
      secondFactor: 'none',
      backupCodes: 'enough',
    })
    expect(await directory.find('a1')).to.deep.equal(created)
    expect(await directory.findByEmail('ANA@example.com')).to.deep.equal(created)
    expect([await directory.find('b'), await directory.findByEmail('b@example.com')]).to.deep.equal([null, null])
  })

  it('gives an email and an id to one person only', async () => {
    const { directory } = host()
    await directory.create({ id: 'a', email: 'a@example.com', name: 'A' })
    expect(await directory.create({ id: 'b', email: 'A@EXAMPLE.com', name: 'B' })).to.equal('exists')
    expect(await directory.create({ id: 'a', email: 'b@example.com', name: 'B' })).to.equal('exists')
    expect(await directory.list({ limit: 10 })).to.have.length(1)
  })

  it('removes a person: nothing but the id remains, which is not given again', async () => {
    const { directory, profiles } = host()
    await directory.create({ id: 'a', email: 'ana@example.com', name: 'Ana Silva', passwordHash })
    await directory.create({ id: 'A', email: 'other@example.com', name: 'Other' })
    await directory.remove('a')
    await directory.remove('a')
    await directory.remove('unknown')
    expect([
      (await directory.byId('a')) === 'removed',
      (await directory.byId('A')) === 'removed',
      (await directory.byId('x')) === 'removed',
    ]).to.deep.equal([true, false, false])
    expect(await directory.find('a')).to.equal(null)
    expect(await directory.findByEmail('ana@example.com')).to.equal(null)
    expect(await directory.authenticate('ana@example.com', password)).to.equal(null)
    expect((await directory.list({ limit: 10 })).map(({ id }) => id)).to.deep.equal(['A'])
    for (const search of ['ana', 'removed', 'silva'])
      expect(await directory.list({ search, limit: 10 })).to.deep.equal([])
    expect(await directory.change('a', { name: 'Back' })).to.equal(null)
    expect(await directory.setPassword('a', passwordHash, { generation: 1 })).to.equal(null)
    await directory.enrolled('a', 1)
    await directory.learnCosts()
    expect((await profiles.read('a'))?.text).to.not.match(/ana|silva|argon2/i)
    expect(await directory.create({ id: 'a', email: 'new@example.com', name: 'New' })).to.equal('exists')
    expect(await directory.create({ id: 'b', email: 'ana@example.com', name: 'Ana' })).to.include({ id: 'b' })
    await directory.remove('A')
    expect(await directory.list({ limit: 10 })).to.have.length(1)
  })

  for (const email of [
    '',
    'a',
    'a@',
    '@b',
    'a@b@c',
    'a b@c',
    'a@b\r\nBcc: c@d',
    'a@b\u2028c',
    `${'a'.repeat(319)}@b`,
  ]) {
    it(`refuses an account with the email ${JSON.stringify(email.slice(0, 20))}`, async () => {
      const thrown = await host()
        .directory.create({ email, name: 'A' })
        .catch((error: unknown) => error)
      expect(thrown).to.be.instanceOf(RangeError)
    })
  }

  it('accepts the right password and refuses a wrong one', async () => {
    const { directory } = host()
    await directory.create({ id: 'a', email: 'a@example.com', name: 'A', passwordHash })
    expect(await directory.authenticate('A@example.com', password)).to.have.property('id', 'a')
    expect(await directory.authenticate('a@example.com', `${password}.`)).to.equal(null)
  })

  it('returns the generation of a password, and keeps the newer of two changes in either order', async () => {
    const { directory } = host()
    await directory.create({ id: 'a', email: 'a@example.com', name: 'A', passwordHash })
    expect(await directory.authenticate('a@example.com', password)).to.have.property('passwordGeneration', 0)
    await directory.setPassword('a', await directory.hashPassword('newer'), { generation: 9 })
    await directory.setPassword('a', await directory.hashPassword('older'), { generation: 7 })
    expect(await directory.authenticate('a@example.com', 'newer')).to.have.property('passwordGeneration', 9)
    expect(await directory.authenticate('a@example.com', 'older')).to.equal(null)
  })

  it('refuses people who are pending, disabled, or without a password', async () => {
    const { directory } = host()
    await directory.create({ email: 'p@example.com', name: 'P', passwordHash, status: 'pending' })
    await directory.create({ email: 'd@example.com', name: 'D', passwordHash, status: 'disabled' })
    await directory.create({ email: 'n@example.com', name: 'N' })
    for (const who of ['p', 'd', 'n'])
      expect(await directory.authenticate(`${who}@example.com`, password)).to.equal(null)
  })

  it('does the same work, one look-up and one hash, for every refusal', async () => {
    const { profiles } = host()
    const calls: string[] = []
    const counting = new Proxy(profiles, {
      get(target, name: keyof Profiles) {
        calls.push(name)
        return target[name]?.bind(target)
      },
    })
    const directory = createDirectory({ profiles: counting, clock })
    await directory.create({ email: 'a@example.com', name: 'A', passwordHash })
    await directory.create({ email: 'd@example.com', name: 'D', passwordHash, status: 'disabled' })
    await directory.create({ email: 'n@example.com', name: 'N' })
    for (const email of ['a@example.com', 'd@example.com', 'n@example.com', 'unknown@example.com']) {
      calls.length = 0
      const { result, hashes } = await countingHashes(() => directory.authenticate(email, 'wrong'))
      expect([email, result, hashes, calls]).to.deep.equal([email, null, 1, ['findByEmail']])
    }
    const { hashes } = await countingHashes(() => directory.authenticate('not an address', 'wrong'))
    expect(hashes).to.equal(1)
  })

  it('replaces an old hash at the next right password', async () => {
    const { directory, profiles } = host()
    const cheap = '$argon2id$v=19$m=4096,t=1,p=1$3umLgYBBgejZV/aMFNlGEg$RqlsWlBBRtNcLgm8febAKN1WKLOFxLy8I0N1mDnLjwg'
    await directory.create({ id: 'a', email: 'a@example.com', name: 'A', passwordHash: cheap })
    const stored = async () => parse((await profiles.read('a'))!).passwordHash ?? ''
    await directory.authenticate('a@example.com', 'wrong')
    expect(await stored()).to.equal(cheap)
    expect(await directory.authenticate('a@example.com', password)).to.have.property('id', 'a')
    expect(needsRehash(await stored())).to.equal(false)
    expect(await directory.authenticate('a@example.com', password)).to.have.property('id', 'a')
  })

  it('stores the time of the first set-up of a second factor, however often it is reported', async () => {
    const { directory, profiles } = host()
    await directory.create({ id: 'a', email: 'a@example.com', name: 'A' })
    await directory.enrolled('a', 5)
    await directory.enrolled('a', 5)
    await directory.enrolled('a', 9)
    await directory.enrolled('nobody', 9)
    expect(await directory.find('a')).to.have.property('secondFactorSince', 5)
    expect(await profiles.read('a')).to.have.property('version', 2)
  })

  it('verifies an address only while it is unchanged', async () => {
    const { directory, profiles } = host()
    const verified = async (id: string) => (await directory.find(id))?.emailVerified ?? true
    await directory.create({ id: 'a', email: 'a@example.com', name: 'A' })
    await directory.create({ id: 'b', email: 'b@example.com', emailVerified: false, name: 'B' })
    expect([await verified('a'), await verified('b')]).to.deep.equal([true, false])
    await directory.change('a', { email: 'new@example.com', emailVerified: false })
    for (const [id, email] of [
      ['a', 'a@example.com'],
      ['b', 'new@example.com'],
      ['nobody', 'b@example.com'],
    ] as const)
      await directory.verifyEmail(id, email)
    expect([await verified('a'), await verified('b')]).to.deep.equal([false, false])
    for (let n = 0; n < 2; n++) await directory.verifyEmail('a', 'new@example.com')
    expect([await verified('a'), await verified('b')]).to.deep.equal([true, false])
    expect(await profiles.read('a')).to.have.property('version', 3)
  })

  it('loses none of several concurrent changes', async () => {
    const { directory } = host()
    await directory.create({ id: 'a', email: 'a@example.com', name: 'A' })
    await Promise.all([
      directory.enrolled('a', 5),
      directory.setStatus('a', 'disabled'),
      directory.hashPassword(password).then((hash) => directory.setPassword('a', hash, { generation: 7 })),
      directory.enrolled('a', 5),
    ])
    expect(await directory.find('a')).to.include({ secondFactorSince: 5, status: 'disabled' })
    await directory.setStatus('a', 'active')
    expect(await directory.authenticate('a@example.com', password)).to.have.property('id', 'a')
  })

  it('lists by email in pages, and searches prefixes of emails and of words of the name', async () => {
    const { directory } = host()
    const names = { c: 'Jean-Luc Picard', a: 'Zoë O’Hara', b: 'Ben Ångström' }
    for (const [id, name] of Object.entries(names)) await directory.create({ id, email: `${id}@example.com`, name })
    const ids = async (query: { search?: string; after?: string; limit?: number }) =>
      (await directory.list({ limit: 10, ...query })).map(({ id }) => id)
    expect(await ids({})).to.deep.equal(['a', 'b', 'c'])
    expect(await ids({ limit: 2 })).to.deep.equal(['a', 'b'])
    expect(await ids({ after: 'b@example.com' })).to.deep.equal(['c'])
    for (const [search, found] of Object.entries({
      LUC: 'c',
      ' picard ': 'c',
      hara: 'a',
      zoë: 'a',
      ångs: 'b',
      'B@': 'b',
      'Jean-Luc  Pic': 'c',
      "o'hara": 'a',
      'zoë o’h': 'a',
    })) {
      expect([search, await ids({ search })]).to.deep.equal([search, [found]])
    }
    expect(await ids({ search: 'icard' })).to.deep.equal([])
  })

  const enough = async () => 'enough' as const

  it('never replaces a newer state of the factor by an older one, in either order of reports', async () => {
    const { directory } = host()
    await directory.create({ id: 'a', email: 'a@example.com', name: 'A' })
    const truth: FactorState[] = ['active']
    const now = async () => truth.at(-1)!
    const slow = Promise.withResolvers<void>()
    let request = 0
    const first = directory.factorChanged(
      'a',
      async () => {
        const notifications = await now()
        if (request++ === 0) await slow.promise
        return notifications
      },
      enough,
    )
    truth.push('reset')
    await directory.factorChanged('a', now, enough)
    slow.resolve()
    await first
    expect(await directory.find('a')).to.have.property('secondFactor', 'reset')
    expect(request).to.equal(2)
    await directory.factorChanged('nobody', now, enough)
  })

  it('lists by status and by the state of the factor', async () => {
    const { directory, profiles } = host()
    for (const [id, more] of Object.entries({ a: {}, b: { secondFactorSince: 5 }, c: { status: 'pending' as const } }))
      await directory.create({ id, email: `${id}@example.com`, name: id, ...more })
    const ids = async (query: Omit<PeopleQuery, 'limit'>) =>
      (await directory.list({ limit: 10, ...query })).map(({ id }) => id)
    expect(await ids({ secondFactor: 'none' })).to.deep.equal(['a', 'c'])
    expect(await ids({ secondFactor: 'none', status: 'pending' })).to.deep.equal(['c'])
    await directory.factorChanged('b', async () => 'locked', enough)
    await directory.setStatus('b', 'disabled')
    expect(await ids({ secondFactor: 'locked', search: 'b' })).to.deep.equal(['b'])
    expect(await ids({ status: 'disabled' })).to.deep.equal(['b'])
    expect(await ids({ secondFactor: 'active' })).to.deep.equal([])
    const { version } = (await profiles.read('b'))!
    await directory.factorChanged('b', async () => 'locked', enough)
    expect((await profiles.read('b'))!.version).to.equal(version)
  })

  it('never shows a password hash', async () => {
    const { directory } = host()
    const shown = [await directory.create({ id: 'a', email: 'a@example.com', name: 'A', passwordHash })]
    shown.push(...(await directory.list({ limit: 1 })))
    expect(JSON.stringify(shown)).not.to.match(/argon2|passwordHash/)
  })
})

/** Counts the hashes of the native library: each is one unnamed task. */
async function countingHashes<T>(work: () => Promise<T>): Promise<{ result: T; hashes: number }> {
  let hashes = 0
  const hook = createHook({
    init(_, type) {
      if (type === 'undefined') hashes += 1
    },
  })
  hook.enable()
  try {
    return { result: await work(), hashes }
  } finally {
    hook.disable()
  }
}
