/** No second factor is forgotten at the mount: people without records, a host's own secrets, and records that are missing. */
import { expect } from 'chai'
import { Authenticator } from '../support/authenticator.ts'
import { clock } from '../support/host.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { openMapAdapter } from './adapters/map.ts'
import { answerAt, directoryOf, type OldHost, personOf, SECRET, startOldHost } from './upgradedHost.ts'

const SHORT = 'GEZDGNBVGY3TQOJQ'
const REFUSED = { code: 'mount_refused' }
const signedInNow = () => ({ authenticatedAt: clock.now(), proven: null })

describe('Over people without records, where nothing is said of existing factors', () => {
  let host: OldHost
  beforeEach(async () => {
    host = await startOldHost()
  })
  afterEach(() => host.close())

  it('every page of ours answers 503 with the reason on the error log, and no record is made', async () => {
    const { rekey, store } = await host.upgrade()
    const page = await host.visitor().get('/account')
    expect([page.status, page.h1]).to.deep.equal([503, 'Not available right now'])
    expect(host.reported.join()).to.match(/factors: .*existingFactors/)
    const refused = await rekey
      .loginResult('ana', { authenticatedAt: clock.now(), proven: null })
      .catch((e: unknown) => e)
    expect(refused).to.include({ code: 'mount_refused' })
    expect(await store.records.read('ana')).to.equal(null)
  })

  const answers: Readonly<Record<string, (host: OldHost) => Promise<unknown>>> = {
    'the host says that there are none': (old) => old.upgrade({ existingFactors: 'none' }),
    'the directory answers with its own factors': (old) =>
      old.upgrade({ directory: { ...directoryOf(old.people), foreignFactor: async () => null } }),
    'a factor was adopted': (old) => old.upgrade({}, (rekey) => rekey.adopt([{ id: 'ana', secret: SECRET }])),
    'a factor was adopted for one who is not among the first people': (old) =>
      old.upgrade({}, async (rekey) => {
        await rekey.adopt([{ id: 'zoe', secret: SECRET }])
        await rekey.idle()
      }),
    'there are no people': (old) => {
      old.people.clear()
      return old.upgrade()
    },
  }
  for (const [what, mount] of Object.entries(answers))
    it(`the pages are open when ${what}`, async () => {
      await mount(host)
      expect((await host.visitor().get('/account')).status).to.be.lessThan(400)
      expect(host.reported).to.deep.equal([])
    })

  it('the end of a person’s sessions says nothing of their factors, nor of others’', async () => {
    const { rekey } = await host.upgrade()
    await rekey.endSessions('ana', 'disabled', null)
    await rekey.idle()
    expect((await host.visitor().get('/account')).status).to.equal(503)
    const again = await host.upgrade()
    expect(await again.rekey.loginResult('ana', signedInNow()).catch((e: unknown) => e)).to.include(REFUSED)
    expect((await host.visitor().get('/account')).status).to.equal(503)
  })

  it('people who come after the start are asked about', async () => {
    const people = new Map(host.people)
    host.people.clear()
    const { rekey } = await host.upgrade()
    expect((await host.visitor().get('/account')).status).to.be.lessThan(400)
    for (const [id, person] of people) host.people.set(id, person)
    expect(await rekey.loginResult('ana', signedInNow()).catch((e: unknown) => e)).to.include(REFUSED)
  })

  it('a method that is set to undefined is none', async () => {
    await host.upgrade({ directory: { ...directoryOf(host.people), foreignFactor: undefined } as never })
    expect((await host.visitor().get('/account')).status).to.equal(503)
  })

  it('an import in the running process opens the pages', async () => {
    const { rekey } = await host.upgrade()
    expect((await host.visitor().get('/account')).status).to.equal(503)
    await rekey.adopt([{ id: 'ana', secret: SECRET }])
    expect((await host.visitor().get('/account')).status).to.be.lessThan(400)
  })
})

describe('A directory that knows factors of its own', () => {
  let host: OldHost
  let given: string | null
  beforeEach(async () => {
    host = await startOldHost(await openMapAdapter())
    given = SECRET
  })
  afterEach(() => host.close())

  const upgrade = () =>
    host.upgrade({
      directory: { ...directoryOf(host.people), foreignFactor: async (id) => (id === 'ana' ? given : null) },
    })

  it('has them adopted at the first sign-in: the code is asked, never a set-up', async () => {
    const { rekey } = await upgrade()
    const page = await host.enter(host.visitor())
    expect(page.h1).to.equal('Enter your code')
    await host.prove(page)
    await rekey.idle()
    expect(host.people.get('ana')!.secondFactorSince).to.be.a('number')
    expect((await rekey.state('ana'))?.state).to.equal('active')
    given = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
    const again = await host.enter(host.visitor())
    const next = await again.visitor.submit(again, { code: new Authenticator(given).next(clock.now()) })
    expect([next.status, next.h1]).to.deep.equal([422, 'Enter your code'])
  })

  it('has them asked in a session of before the mount', async () => {
    const visitor = host.visitor()
    await host.redeem(await host.enter(visitor, { prompt: 'consent' }))
    await upgrade()
    host.prompts.length = 0
    const page = await host.enter(visitor)
    expect([page.h1, host.prompts]).to.deep.equal(['Enter your code', []])
    expect(answerAt(await host.prove(page))).to.equal('code')
  })

  it('lets an administrator reset a person who has not signed in since', async () => {
    const { rekey } = await upgrade()
    expect((await rekey.reset({ accountId: 'ana', by: null })).is).to.equal('reset')
    await rekey.idle()
    expect((await rekey.state('ana'))?.state).to.equal('reset')
  })

  it('may answer with short ones and URIs', async () => {
    given = `otpauth://totp/x?secret=${SHORT}`
    await upgrade()
    const page = await host.enter(host.visitor())
    const next = await page.visitor.submit(page, { code: new Authenticator(SHORT).next(clock.now()) })
    expect(next.h1).to.equal('Save your backup codes')
  })

  it('and answers with what is none leaves that person outside', async () => {
    given = 'garbage!'
    const { store } = await upgrade()
    const page = await host.visitor().go('/auth?client_id=none')
    expect(page.status).to.equal(400)
    const refused = await host.enter(host.visitor())
    expect([refused.status, refused.h1]).to.deep.equal([403, 'This account needs an administrator'])
    expect(host.reported.join()).to.contain('not-base32').and.not.contain('garbage')
    expect(await store.records.read('ana')).to.equal(null)
  })
})

describe('A record that is missing, at a host’s own sign-in page', () => {
  let host: OldHost
  beforeEach(async () => {
    host = await startOldHost()
  })
  afterEach(() => host.close())

  const mount = async (languages: readonly string[]) => {
    const store = memoryStore({ clock })
    const mounted = await host.upgrade({ store, languages, existingFactors: 'none' })
    host.people.set('ana', personOf('ana', { secondFactorSince: 1_600_000_000 }))
    return mounted
  }

  it('is a page at once, an audit line and a report, never a loop', async () => {
    const { rekey, store } = await mount(['en'])
    const page = await host.enter(host.visitor())
    expect([page.status, page.h1]).to.deep.equal([403, 'This account needs an administrator'])
    expect(host.prompts).to.deep.equal(['login'])
    const reference = /class="reference">([\w-]{22})</.exec(page.text)?.[1]
    expect(host.reported).to.deep.equal([`Error: second factor record missing, reference ${reference}`])
    await rekey.idle()
    const lines = await store.journal('audit').list({ tags: [], limit: 9 })
    const refused = lines.map(({ text }) => JSON.parse(text) as Record<string, unknown>)
    expect(refused).to.have.length(1)
    expect(refused[0]).to.include({ type: 'sign_in.refused', target: 'ana', reason: 'record-lost' })
  })

  it('is said in German', async () => {
    await mount(['de'])
    const page = await host.enter(host.visitor())
    expect(page.h1).to.equal('Dieses Konto braucht Ihre Administration')
  })

  it('is repaired by an import or a reset', async () => {
    const { rekey } = await mount(['en'])
    await rekey.adopt([{ id: 'ana', secret: SECRET }])
    expect((await host.enter(host.visitor())).h1).to.equal('Enter your code')
    host.people.set('ben', personOf('ben', { secondFactorSince: 1_600_000_000 }))
    expect((await rekey.reset({ accountId: 'ben', by: null })).is).to.equal('reset')
  })
})
