/** Passwords in a host with its own directory: what is stored, outages, and missing functions. */
import type { Configuration } from 'oidc-provider'
import { expect } from 'chai'
import type { Directory } from '../../src/index.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { concurrently } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Page } from '../support/client.ts'
import { storedAccount } from '../support/storedAccount.ts'

const NEW = 'a horse that reads at night'
const CHANGE = { prompt: 'change_password' }

/** A directory without these functions. */
const without =
  (...names: (keyof Directory)[]) =>
  (whole: Required<Omit<Directory, 'signedOut' | 'foreignFactor'>>): Directory =>
    Object.fromEntries(
      Object.entries(whole).filter(([name]) => !names.some((item) => item === name)),
    ) as unknown as Directory

describe('Repeated requests for a new password', () => {
  it('store nothing but the links that were sent', async () => {
    const host = await openApiHost({ rules: { linksPerHour: 2 } })
    const { artefacts } = host.host.store
    const put = artefacts.put.bind(artefacts)
    let stored = 0
    artefacts.put = (kind, ...rest) => {
      if (kind === 'ResetHint') stored += 1
      return put(kind, ...rest)
    }
    try {
      const person = await host.person()
      for (let n = 0; n < 3; n++) {
        const page = await host.visitor().get('/password')
        await concurrently(() => page.visitor.stolen().send(page, { email: person.email }))
        await host.host.rekey.idle()
      }
      const { links } = (await storedAccount(host.host, person.id))!
      expect([links.length, stored]).to.deep.equal([2, 2])
    } finally {
      await host.close()
    }
  })
})

describe('A directory that fails when a password has been changed', () => {
  let isAway = false
  let host: ApiHost
  before(async () => {
    host = await openApiHost({
      directory: (whole) => ({
        ...whole,
        async setPassword(...request) {
          if (isAway) throw new Error('away')
          return whole.setPassword(...request)
        },
      }),
    })
  })
  after(() => host.close())

  it('locks no account: the next request after the outage completes the change', async () => {
    const person = await host.person()
    const { visitor } = await host.enter(person)
    const request = await host.begin(host.ask('app', CHANGE), visitor)
    const page = await visitor.submit(request, { code: await person.code() })
    const send = (): Promise<Page> => visitor.send(page, { current_password: person.password, password: NEW })
    isAway = true
    for (let n = 0; n < 3; n++) expect((await send()).status).to.equal(503)
    isAway = false
    const done = await send()
    expect([done.status, done.location]).to.deep.equal([303, page.path.replace(/password$/, 'done')])
    const again = await host.enterPassword(await host.begin(), { email: person.email, password: NEW })
    expect(again.h1).to.equal('Enter your code')
    expect((await host.challenge(person)).alert).to.equal('That email and password do not match.')
  })
})

describe('A change of a password', () => {
  /** Delays the next check of a password, and signals that it has begun. */
  let gate: { readonly open: Promise<void>; readonly reached: () => void } | null = null
  let host: ApiHost
  before(async () => {
    host = await openApiHost({
      directory: (whole) => ({
        ...whole,
        async authenticate(...request) {
          const person = whole.authenticate(...request)
          const mine = gate
          gate = null
          mine?.reached()
          await mine?.open
          return person
        },
      }),
    })
  })
  after(() => host.close())

  async function atThePage(person: Person): Promise<Page> {
    const { visitor } = await host.enter(person)
    const request = await host.begin(host.ask('app', CHANGE), visitor)
    return visitor.submit(request, { code: await person.code() })
  }

  it('in two tabs is made by the first; the second does not undo it', async () => {
    const person = await host.person()
    const page = await atThePage(person)
    const { visitor } = page
    const other = await visitor.get(page.path)
    const sent = { current_password: person.password, password: NEW }
    const [opens, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    gate = { open: opens.promise, reached: reached.resolve }
    const late = visitor.stolen().send(other, sent)
    await reached.promise
    const done = await visitor.send(page, sent)
    opens.resolve()
    expect((await late).h1).to.equal('Your sign-in was interrupted')
    expect((await visitor.get(done.location!)).h1).to.equal('You are all set')
  })

  it('by a form sent twice has one result, although the first one ended the session of the second', async () => {
    const person = await host.person()
    const page = await atThePage(person)
    const { artefacts } = host.host.store
    const get = artefacts.get.bind(artefacts)
    const [opens, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    artefacts.get = async (kind, id) => {
      if (kind === 'Session') {
        artefacts.get = get
        reached.resolve()
        await opens.promise
      }
      return get(kind, id)
    }
    const send = (): Promise<Page> =>
      page.visitor.stolen().send(page, { current_password: person.password, password: NEW })
    const late = send()
    await reached.promise
    const done = await send()
    opens.resolve()
    expect([(await late).status, (await late).location]).to.deep.equal([303, done.location])
  })

  it('uses the current email of the account, also if it changed since the sign-in', async () => {
    const person = await host.person()
    const page = await atThePage(person)
    await host.host.directory.change(person.id, { email: `new.${person.email}` })
    const done = await page.visitor.submit(page, { current_password: person.password, password: NEW })
    expect(done.h1).to.equal('You are all set')
  })
})

describe('A directory that cannot change passwords', () => {
  for (const missing of ['findByEmail', 'authenticate'] as const)
    it(`does not offer the page for it: without ${missing}`, async () => {
      // Without `authenticate` a host has a sign-in page of its own.
      const configure = (usual: Configuration): Configuration => ({ ...usual, interactions: { url: () => '/own' } })
      const host = await openApiHost({ directory: without(missing), ...(missing === 'authenticate' && { configure }) })
      try {
        const answer = await host.visitor().get(host.ask('app', CHANGE).path)
        expect(host.answerAt(answer)?.get('error')).to.equal('invalid_request')
      } finally {
        await host.close()
      }
    })

  it('is refused at the start when one of the two functions is missing', async () => {
    for (const missing of ['hashPassword', 'setPassword'] as const) {
      const opening = openApiHost({ directory: without(missing) })
      const message = await opening.then(
        (host) => host.close(),
        (error: unknown) => (error instanceof Error ? error.message : ''),
      )
      expect(message).to.equal('directory: hashPassword and setPassword go together')
    }
  })
})
