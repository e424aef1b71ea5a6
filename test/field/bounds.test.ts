/** Bounds of time that another operator has to change: each is a key, with its edge where the key says. */
import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { optionsOf } from '../../src/server/rekeyOptions.ts'
import { type ServerFixture, concurrently, openFixture, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Page } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import type { Tokens } from '../support/relyingParties.ts'

const DAY = 86_400

interface Invited {
  readonly person: Person
  readonly link: string
  /** The page of the link after `seconds`. */
  readonly page: Page
}

async function invited(fixture: ServerFixture, seconds: number): Promise<Invited> {
  const person = await fixture.person({ status: 'pending', enrolled: false })
  const link = await fixture.invite(person)
  await fixture.advance(seconds)
  return { person, link, page: await fixture.visitor().get(link) }
}

const MINUTE = 60

let opening: Promise<ServerFixture> | undefined
/** The longest bounds. */
const patientFixture = (): Promise<ServerFixture> =>
  (opening ??= openFixture({
    invitation: { lifetime_seconds: 7 * DAY },
    refresh_leeway_seconds: MINUTE,
    reset: { links_per_hour: 1 },
  }))

describe('An invitation', () => {
  let fixture: ServerFixture
  let patient: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
    patient = await patientFixture()
  })

  it('lives a day by default, and as long as `invitation.lifetime_seconds` says: over a weekend', async () => {
    expect((await invited(fixture, DAY - MINUTE)).page.status).to.equal(200)
    const { page } = await invited(patient, 7 * DAY - MINUTE)
    expect([page.status, page.h1]).to.deep.equal([200, 'Complete your account'])
    await patient.advance(MINUTE)
    expect((await page.visitor.get(page.path)).status).to.equal(410)
  })

  it('that has expired asks for its successor, which completes the account', async () => {
    const { person, link, page } = await invited(fixture, DAY)
    expect([page.status, page.h1, page.form === null]).to.deep.equal([410, 'This link has expired', false])
    const answer = await page.visitor.send(page, {})
    expect([answer.status, answer.h1]).to.deep.equal([200, 'Check your email'])
    expect(answer.text).to.not.contain(person.email).and.not.contain('password')
    const newer = await fixture.newLink(person, [link])
    expect((await page.visitor.get(link)).h1).to.equal('This link was replaced by a newer email')
    expect((await fixture.visitor().get(newer)).h1).to.equal('Complete your account')
    const { events } = await fixture.count(person)
    const again = events.filter(({ type }) => type === 'account.invited').map(({ actor }) => actor)
    expect(again).to.have.length(2).and.include(null)
  })

  it('has one successor, however many browsers ask at once', async () => {
    const { person, page } = await invited(fixture, DAY)
    const pages = await concurrently(async () => fixture.visitor().get(page.path), 10)
    await Promise.all(pages.map((item) => item.visitor.send(item, {})))
    await fixture.idle(person)
    expect(await fixture.links(person)).to.have.length(2)
  })

  it('does not reveal the limit by the hour, nor that the account was disabled or completed', async () => {
    const { person, link, page } = await invited(patient, 7 * DAY)
    const { id } = person
    expect((await page.visitor.send(page, {})).h1).to.equal('Check your email')
    const newer = await patient.newLink(person, [link])
    await patient.host.directory.setStatus(id, 'disabled')
    await patient.advance(7 * DAY)
    const shut = await page.visitor.get(newer)
    expect([shut.status, shut.h1, shut.form]).to.deep.equal([410, 'This link has expired', null])
    await patient.host.directory.setStatus(id, 'pending')
    const open = await page.visitor.get(newer)
    await patient.host.directory.setStatus(id, 'active')
    expect((await page.visitor.send(open, {})).form).to.equal(null)
    expect(await patient.links(person)).to.have.length(2)
  })

  it('has no successor after 30 days: an old email is useless to the next owner of a mailbox', async () => {
    const { page } = await invited(fixture, 31 * DAY - MINUTE)
    expect(page.form).to.not.equal(null)
    await fixture.advance(MINUTE)
    const late = await page.visitor.get(page.path)
    expect([late.status, late.form]).to.deep.equal([410, null])
    expect(late.text).to.contain('Ask your administrator for a new invitation.')
    expect((await page.visitor.send(page, {})).form).to.equal(null)
  })
})

describe('A refresh token that comes again', () => {
  let fixture: ServerFixture
  let patient: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
    patient = await patientFixture()
  })

  async function tokensOf(underTest: ServerFixture): Promise<Tokens & { readonly person: Person }> {
    const person = await underTest.person()
    const request = underTest.ask('spa', { scope: 'openid offline_access', prompt: 'consent' })
    return { ...(await underTest.tokens(await underTest.enter(person, request))), person }
  }
  const reasons = async (underTest: ServerFixture, person: Person): Promise<unknown[]> => {
    const { events } = await underTest.eventually(async () => {
      const count = await underTest.count(person)
      if (!count.events.some(({ type }) => type === 'refresh.refused')) throw new Error('no line yet')
      return count
    })
    return events.filter(({ type }) => type === 'refresh.refused').map(({ actor, reason }) => [actor, reason])
  }

  it('at once in many tabs: one pair, and nothing dies', async () => {
    const { refresh_token: token, person } = await tokensOf(fixture)
    const answers = await concurrently(() => fixture.refresh('spa', token))
    expect(tally(answers)).to.deep.equal({ 200: 1, 400: answers.length - 1 })
    for (const { status, body } of answers) if (status === 400) expect(body.error).to.equal('invalid_grant')
    const won = answers.find(({ status }) => status === 200)!.body as Tokens
    expect((await fixture.refresh('spa', won.refresh_token)).status).to.equal(200)
    expect((await fixture.userinfo(won.access_token)).status).to.equal(200)
    expect(await reasons(fixture, person)).to.deep.equal([[null, 'repeated']])
  })

  it('within the leeway is refused; after it the family dies, and the audit says so', async () => {
    const { refresh_token: token, person } = await tokensOf(patient)
    const { body: won } = await patient.refresh('spa', token)
    await patient.advance(MINUTE / 2)
    expect((await patient.refresh('spa', token)).body.error).to.equal('invalid_grant')
    expect((await patient.userinfo(won.access_token)).status).to.equal(200)
    await patient.advance(MINUTE / 2)
    expect((await patient.refresh('spa', token)).body.error).to.equal('invalid_grant')
    expect((await patient.userinfo(won.access_token)).status).to.equal(401)
    expect((await patient.refresh('spa', won.refresh_token)).body.error).to.equal('invalid_grant')
    await patient.eventually(async () => {
      const found = await reasons(patient, person)
      if (found.length < 2) throw new Error('no second line yet')
      expect(found).to.deep.equal([
        [null, 'grant-ended'],
        [null, 'repeated'],
      ])
    })
  })

  it('ends the family at once with `refresh_leeway_seconds: 0`', async () => {
    const strict = await openFixture({ refresh_leeway_seconds: 0 })
    const { refresh_token: token } = await tokensOf(strict)
    const answers = await concurrently(() => strict.refresh('spa', token), 10)
    expect(tally(answers)).to.deep.equal({ 200: 1, 400: 9 })
    const won = answers.find(({ status }) => status === 200)!.body as Tokens
    expect((await strict.userinfo(won.access_token)).status).to.equal(401)
  })

  it('is inactive at introspection within the leeway too', async () => {
    const { refresh_token: token } = await tokensOf(fixture)
    await fixture.refresh('spa', token)
    const { body } = await fixture.post('/token/introspection', 'spa', { token: token ?? '' })
    expect(body).to.deep.equal({ active: false })
  })
})

describe('Every other bound that is a key', () => {
  it('says on the page how long a link to a new password lives, and the link does', async () => {
    const short = await openFixture({ password_links: { lifetime_seconds: 5400 } })
    const page = await short.askForPassword('nobody@example.com')
    expect(page.text).to.contain('It is valid for 90 minutes and works once.')
    const person = await short.person()
    const link = await short.forget(person)
    await short.advance(5400 - MINUTE)
    expect((await short.visitor().get(link)).status).to.equal(200)
    await short.advance(MINUTE)
    expect((await short.visitor().get(link)).status).to.equal(410)
  })

  it('reaches what it bounds: connections, tokens, the pool', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rekey-bounds-'))
    try {
      const CONFIG = join(directory, 'configuration.yaml')
      const ttl = { management_token_seconds: 600 }
      await writeFile(CONFIG, JSON.stringify({ keep_alive_seconds: 620, ttl, database: { pool_size: 3 } }))
      const configuration = await readConfiguration({ CONFIG, DATABASE_URL: 'postgres://user@localhost/identity' })
      expect(configuration).to.include({ keepAliveSeconds: 620 })
      expect(configuration.store).to.include({ is: 'postgres', poolSize: 3 })
      expect(optionsOf(configuration)).to.include({ managementTokenSeconds: 600 })
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
})
