import { expect } from 'chai'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { allClients, createDemoAccounts } from '../../src/server/demo.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { memoryStore } from '../../src/store/memory.ts'

describe('The demonstration', () => {
  const clock = { now: () => 1_800_000_000 }
  const directory = () => createDirectory({ profiles: memoryStore({ clock }).profiles, clock })

  it('has sixteen people with one password, which only the active ones can use', async () => {
    const accounts = directory()
    expect(await createDemoAccounts(accounts, 'demo password')).to.equal(16)
    const people = await accounts.list({ limit: 100 })
    const users = Array.from({ length: 12 }, (_, index) => `user${String(index + 1).padStart(2, '0')}`)
    const emails = ['admin', 'disabled', 'helpdesk', 'pending', ...users].map((word) => `${word}@example.com`)
    expect(people.map(({ email }) => email)).to.deep.equal(emails)
    expect(people.every(({ secondFactorSince }) => secondFactorSince === null)).to.equal(true)
    expect(people.every(({ emailVerified = true }) => emailVerified)).to.equal(true)
    const roles = people.filter((person) => person.roles.length > 0).map((person) => [person.id, ...person.roles])
    expect(roles).to.deep.equal([
      ['admin', 'admin'],
      ['helpdesk', 'helpdesk'],
    ])
    const signIn = async (word: string) =>
      (await accounts.authenticate(`${word}@example.com`, 'demo password'))?.id ?? null
    expect(await Promise.all(['admin', 'user12', 'pending', 'disabled'].map(signIn))).to.deep.equal([
      'admin',
      'user12',
      null,
      null,
    ])
  })

  it('creates no person twice and changes none at the next start', async () => {
    const accounts = directory()
    await createDemoAccounts(accounts, 'first')
    await accounts.setStatus('user01', 'disabled')
    expect(await createDemoAccounts(accounts, 'second')).to.equal(0)
    expect(await accounts.find('user01')).to.have.property('status', 'disabled')
    expect(await accounts.authenticate('user02@example.com', 'first')).to.have.property('id', 'user02')
  })

  it('finds people of an earlier version without their accents after the next start', async () => {
    const { profiles } = memoryStore({ clock })
    const accounts = createDirectory({ profiles, clock })
    await createDemoAccounts(accounts, 'first')
    const { text, version } = (await profiles.read('user05'))!
    const before = { email: 'user05@example.com', words: ['emma schäfer', 'schäfer'], status: 'active.none', tags: [] }
    expect(await profiles.swap('user05', text, version, before)).to.equal(true)
    expect(await accounts.list({ search: 'schafer', limit: 5 })).to.deep.equal([])
    await createDemoAccounts(accounts, 'second')
    for (const search of ['schafer', 'Schäfer'])
      expect((await accounts.list({ search, limit: 5 })).map(({ id }) => id)).to.deep.equal(['user05'])
  })

  it('is created once by processes that start at the same time', async () => {
    const accounts = directory()
    const made = await Promise.all([1, 2, 3].map(() => createDemoAccounts(accounts, 'password')))
    expect(made.reduce((sum, count) => sum + count, 0)).to.equal(16)
  })

  const secrets = { encryption: [{ id: 'k', key: new Uint8Array(32) }], cookies: [], jwks: { keys: [] } }

  it('registers the sample at the address in use', async () => {
    const configuration = await readConfiguration({
      PORT: '4000',
      SAMPLE_PORT: '5000',
      ISSUER: 'http://127.0.0.1:4000',
    })
    const clients = allClients(configuration, secrets)
    expect(
      clients.map(({ client_id, redirect_uris, first_party }) => [client_id, redirect_uris, first_party]),
    ).to.deep.equal([['sample', ['http://127.0.0.1:5000/callback'], true]])
    expect(clients[0]).to.include({ backchannel_logout_uri: 'http://127.0.0.1:5000/backchannel-logout' })
    expect(clients.every(({ client_secret }) => /^[\w-]{44}$/.test(client_secret ?? ''))).to.equal(true)
  })

  it('registers no client when the demonstration is off', async () => {
    const configuration = await readConfiguration({ HOST: '0.0.0.0' })
    expect(allClients(configuration, secrets).map(({ client_id }) => client_id)).to.deep.equal([])
  })
})
