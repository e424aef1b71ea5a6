/** Passwords in a host of which one sees the inside: what its store is asked for, and a directory that is not ours. */
import { expect } from 'chai'
import type { Directory } from '../../src/index.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { concurrently } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Page } from '../support/client.ts'

const NEW = 'a horse that reads at night'
const CHANGE = { prompt: 'change_password' }

/** A directory without some of what ours has. */
const without =
  (...names: (keyof Directory)[]) =>
  (whole: Required<Directory>): Directory =>
    Object.fromEntries(
      Object.entries(whole).filter(([name]) => !names.some((item) => item === name)),
    ) as unknown as Directory

describe('Whoever asks for somebody’s password again and again', () => {
  it('leaves nothing behind but the letters that were sent', async () => {
    const host = await openApiHost({ rules: { linksPerHour: 2 } })
    const { artefacts } = host.host.store
    const put = artefacts.put.bind(artefacts)
    let lookupCache = 0
    artefacts.put = (kind, ...rest) => {
      if (kind === 'ResetHint') lookupCache += 1
      return put(kind, ...rest)
    }
    try {
      const person = await host.person()
      for (let n = 0; n < 3; n++) {
        const page = await host.visitor().get('/password')
        await concurrently(() => page.visitor.stolen().send(page, { email: person.email }))
        await host.host.rekey.idle()
      }
      const { links } = (await host.host.rekey.state(person.id))!.account
      expect([links.length, lookupCache]).to.deep.equal([2, 2])
    } finally {
      await host.close()
    }
  })
})

describe('A directory that is away when a password has been changed', () => {
  /** How many calls fail from now on. */
  let failing = 0
  let host: ApiHost
  before(async () => {
    host = await openApiHost({
      directory: (whole) => ({
        ...whole,
        async setPassword(...request) {
          if (failing-- > 0) throw new Error('away')
          return whole.setPassword(...request)
        },
      }),
    })
  })
  after(() => host.close())

  it('shuts nobody out once it is back: the next try does it, however long the tries before were put off', async () => {
    const person = await host.person()
    const { visitor } = await host.enter(person)
    const request = await host.begin(host.ask('app', CHANGE), visitor)
    const page = await visitor.submit(request, { code: await person.code() })
    const send = (): Promise<Page> => visitor.send(page, { current_password: person.password, password: NEW })
    failing = 3
    for (let n = 0; n < 3; n++) expect((await send()).status).to.equal(503)
    const done = await send()
    expect([done.status, done.location]).to.deep.equal([303, page.path.replace(/password$/, 'done')])
    const again = await host.enterPassword(await host.begin(), { email: person.email, password: NEW })
    expect(again.h1).to.equal('Enter your code')
    expect((await host.challenge(person)).alert).to.equal('That email and password do not match.')
  })
})

describe('Whoever changes their password', () => {
  /** What the next check of a password waits for, and tells when it is there. */
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

  it('in two tabs at once has changed it in the first, which the second does not undo', async () => {
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

  it('by a form sent twice sees the same twice, though the first sending ended the session under the second', async () => {
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

  it('is known by the email they have now, though they began with another', async () => {
    const person = await host.person()
    const page = await atThePage(person)
    await host.host.directory.change(person.id, { email: `new.${person.email}` })
    const done = await page.visitor.submit(page, { current_password: person.password, password: NEW })
    expect(done.h1).to.equal('You are all set')
  })
})

describe('A directory in which nobody can change a password', () => {
  for (const missing of ['findByEmail', 'authenticate'] as const)
    it(`sends nobody to a page that cannot do it: without ${missing}`, async () => {
      const host = await openApiHost({ directory: without(missing) })
      try {
        const answer = await host.visitor().get(host.ask('app', CHANGE).path)
        expect(host.answerAt(answer)?.get('error')).to.equal('invalid_request')
      } finally {
        await host.close()
      }
    })

  it('is refused at the start when it keeps passwords by halves', async () => {
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
