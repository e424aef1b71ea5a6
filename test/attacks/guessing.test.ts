/** Guessing codes, and probing for accounts and links. */
import { expect } from 'chai'
import { type ServerFixture, concurrently, CONCURRENT, ROUNDS, sharedFixture, tally } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Page } from '../support/client.ts'
import { WRONG_CODE } from '../support/sentences.ts'

/** Wrong codes in a row without a pause, the pauses, and the number that locks. @see config/production.example.yaml, attempts */
const [FREE, FIRST_PAUSE, LONGEST_PAUSE, LOCK] = [5, 30, 3600, 100]
/** Measurements of each answer. Count. */
const SAMPLES = ROUNDS > 1 ? 31 : 2
const PAUSED = 'Too many wrong codes'

describe('An attacker who guesses codes', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** With saved backup codes, so that a sign-in needs a code and nothing else. */
  async function enrolledPerson(roles: ('admin' | 'helpdesk')[] = []): Promise<Person> {
    const person = await fixture.person({ roles })
    await fixture.enter(person)
    return person
  }

  /** Codes that are not valid in this minute. */
  function wrongCodes(person: Person, count: number): string[] {
    const now = fixture.server.now()
    const good = [-60, -30, 0, 30, 60].map((away) => person.authenticator.at(now + away))
    const all = Array.from({ length: count + good.length }, (_, index) => String(index * 7919 + 13).padStart(6, '0'))
    return all.filter((code) => !good.includes(code)).slice(0, count)
  }

  async function guess(person: Person, typed: string, at: 'code' | 'backup-code' = 'code'): Promise<Page> {
    const page = at === 'code' ? await fixture.challenge(person) : await fixture.backup(person)
    return page.visitor.submit(page, { code: typed })
  }

  it('has five attempts for both kinds of code together; then the right code is not checked either', async () => {
    const person = await enrolledPerson()
    const wrong = wrongCodes(person, FREE + 1)
    for (const [index, code] of wrong.entries()) {
      const isBackup = index % 2 === 1
      const page = isBackup ? await guess(person, 'AAAA-AAAA-AAAA-AAAA', 'backup-code') : await guess(person, code)
      expect([page.status, page.h1]).to.deep.equal([422, isBackup ? 'Use a backup code' : 'Enter your code'])
    }
    const right = await person.code()
    for (const page of [await guess(person, right), await guess(person, person.codes[0]!, 'backup-code')]) {
      expect([page.status, page.h1]).to.deep.equal([429, PAUSED])
      expect(Number(page.headers.get('retry-after'))).to.be.within(1, FIRST_PAUSE)
    }
    // After the pause both codes are still unused.
    await fixture.advance(FIRST_PAUSE)
    const [spare = ''] = person.codes
    expect((await guess(person, spare, 'backup-code')).status).to.equal(200)
    expect((await guess(person, await person.code())).status).to.equal(200)
  })

  it('shares the attempts between sign-in and step-up', async () => {
    const admin = await fixture.acting(await enrolledPerson(['admin']))
    const target = await fixture.person()
    await fixture.advance(60)
    // Valid now and after the pause.
    const right = admin.person.authenticator.at(fixture.server.now() + 30)
    const wrong = wrongCodes(admin.person, FREE + 1)
    for (const [index, code] of wrong.entries()) {
      const { status } = index % 2 ? await admin.reset(target, { code }) : await guess(admin.person, code)
      expect(status).to.equal(422)
    }
    const answer = await admin.reset(target, { code: right })
    expect([answer.status, answer.body.code]).to.deep.equal([429, 'too_many_attempts'])
    expect(Number(answer.headers.get('retry-after'))).to.be.within(1, FIRST_PAUSE)
    expect((await guess(admin.person, '000000')).status).to.equal(429)
    expect((await fixture.count(target)).state).to.equal('active')
    await fixture.advance(FIRST_PAUSE)
    expect((await admin.reset(target, { code: right })).status).to.equal(201)
  })

  it('has no more attempts in concurrent browsers', async () => {
    const person = await enrolledPerson()
    const pages = await concurrently(() => fixture.challenge(person))
    const wrong = wrongCodes(person, CONCURRENT)
    const sent = await concurrently(async (index) => pages[index]!.visitor.send(pages[index]!, { code: wrong[index]! }))
    const { 422: read = 0, 429: paused = 0, ...others } = tally(sent)
    expect([read, paused, others]).to.deep.equal([FREE + 1, CONCURRENT - FREE - 1, {}])
    expect((await fixture.count(person)).audit('two_factor.code_refused')).to.equal(FREE + 1)
  })

  it('gets longer pauses and a lock at the hundredth attempt, until a reset', async function () {
    this.timeout(60_000)
    const person = await enrolledPerson()
    for (let failures = 1; failures <= LOCK; failures++) {
      const page = await guess(person, wrongCodes(person, 1)[0]!)
      expect([failures, page.status]).to.deep.equal([failures, 422])
      if (failures <= FREE || failures === LOCK) continue
      const pause = Math.min(FIRST_PAUSE * 2 ** (failures - FREE - 1), LONGEST_PAUSE)
      const isProbed = failures < 15 || failures === LOCK - 1
      await fixture.advance(isProbed ? pause - 2 : pause)
      if (!isProbed) continue
      expect((await guess(person, '000000')).status, `after ${failures}`).to.equal(429)
      await fixture.advance(2)
    }
    for (const wait of [0, LONGEST_PAUSE, 86_400]) {
      await fixture.advance(wait)
      for (const page of [
        await guess(person, await person.code()),
        await guess(person, person.codes[0]!, 'backup-code'),
      ]) {
        expect([page.status, page.h1]).to.deep.equal([403, PAUSED])
        expect(page.headers.get('retry-after')).to.equal(null)
      }
    }
    expect((await fixture.count(person)).state).to.equal('locked')
    await fixture.reset(person)
    expect((await fixture.count(person)).state).to.equal('reset')
    expect((await fixture.tokens(await fixture.enter(person))).id_token).to.be.a('string')
  })

  it('without the password neither uses the attempts nor sees the pause', async () => {
    const person = await enrolledPerson()
    const stranger = await fixture.begin()
    for (let times = 0; times < 20; times++) {
      const page = await fixture.enterPassword(stranger, { email: person.email, password: `guess ${times}` })
      expect([page.status, page.alert]).to.deep.equal([422, 'That email and password do not match.'])
    }
    // A code on the page of another account does not count either.
    const other = await fixture.challenge(await enrolledPerson())
    for (let times = 0; times < FREE; times++)
      await other.visitor.submit(other, { code: '000000', email: person.email })
    expect((await guess(person, await person.code())).status).to.equal(200)
    for (const code of wrongCodes(person, FREE + 1)) await guess(person, code)
    const page = await fixture.enterPassword(await fixture.begin(), { email: person.email, password: 'wrong' })
    expect([page.status, page.alert]).to.deep.equal([422, 'That email and password do not match.'])
  })

  it('at a set-up uses no attempts: the new secret does not protect the account yet', async () => {
    const person = await enrolledPerson()
    await fixture.reset(person)
    const thief = await fixture.challenge(person)
    for (let times = 0; times < 4 * FREE; times++)
      expect((await thief.visitor.submit(thief, { code: '000000' })).alert).to.equal(WRONG_CODE)
    const victim = await fixture.challenge(person)
    expect((await fixture.setUp(person, victim)).h1).to.equal('You are all set')
    expect((await guess(person, await person.code())).status).to.equal(200)
  })
})

describe('An attacker who probes for accounts and links', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** An answer without the parts that differ between any two answers. */
  const comparable = ({ status, headers, text }: Page, ...own: string[]): string => {
    const varying = ['date', 'x-request-id', 'set-cookie', 'content-length', 'keep-alive', 'connection']
    const kept = [...headers].filter(([name]) => !varying.includes(name))
    const plain = own.reduce((left, word) => left.replaceAll(word, '*'), text)
    return JSON.stringify([
      status,
      kept,
      plain
        .replaceAll(/name="form_token" value="[^"]*"/g, '')
        .replaceAll(/[/?]sign-in[/=][\w-]+/g, '')
        .replaceAll(/<code>[\w-]{22}<\/code>/g, '')
        .replaceAll(/\d{2}:\d{2}(:\d{2})?/g, ''),
    ])
  }

  it('gets the same answer for unknown, disabled, pending, reset and enrolled accounts, after the same work', async () => {
    const [enrolled, fresh, disabled, pending, reset] = [
      await fixture.person(),
      await fixture.person({ enrolled: false }),
      await fixture.person({ status: 'disabled' }),
      await fixture.person({ status: 'pending', enrolled: false }),
      await fixture.person(),
    ]
    await fixture.reset(reset)
    const unknown = { email: 'nobody@example.com', password: 'whatever' }
    const tries: Record<string, { email: string; password: string }> = {
      unknown,
      'not an email': { email: 'no address', password: 'x' },
      enrolled: { email: enrolled.email, password: 'wrong' },
      'enrolled, in upper case': { email: ` ${enrolled.email.toUpperCase()} `, password: 'wrong' },
      'never enrolled': { email: fresh.email, password: 'wrong' },
      reset: { email: reset.email, password: 'wrong' },
      'disabled, with the right password': disabled,
      'pending, with the right password': pending,
      'a password that is too long': { email: enrolled.email, password: 'x'.repeat(2000) },
    }
    const answers = new Map<string, string>()
    const times = new Map<string, number[]>()
    for (let round = 0; round < SAMPLES; round++)
      for (const [who, { email, password }] of Object.entries(tries)) {
        const page = await fixture.begin()
        const begun = performance.now()
        const answer = await page.visitor.send(page, { email, password })
        times.set(who, [...(times.get(who) ?? []), performance.now() - begun])
        answers.set(who, comparable(answer, email, email.trim(), email.trim().toLowerCase()))
        expect([who, answer.status, answer.alert]).to.deep.equal([who, 422, 'That email and password do not match.'])
      }
    expect(new Set(answers.values()).size, [...answers].map((entry) => entry.join(': ')).join('\n')).to.equal(1)
    // Each answer takes one password hash. Times on a busy machine prove nothing, so only `npm run attacks` compares them.
    const median = (who: string): number => times.get(who)!.toSorted((a, b) => a - b)[SAMPLES >> 1]!
    if (SAMPLES > 10)
      for (const who of times.keys()) expect(median(who) / median('enrolled'), who).to.be.within(0.75, 1.35)
  })

  it('gets the same answer for every link that is not authentic', async () => {
    const person = await fixture.person()
    const { id, link } = await fixture.reset(person)
    const [, secret = ''] = link.split('.')
    const wrong = secret.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
    const links = [
      'garbage',
      `${id}.`,
      `${id}.${wrong}`,
      id,
      `.${secret}`,
      `nobody.${secret}`,
      `${'A'.repeat(22)}.${secret}`,
      `${(await fixture.reset(await fixture.person())).id}.${secret}`,
      'a'.repeat(5000),
      '%00',
      '__proto__.x',
      `${id}.${secret.slice(0, -1)}`,
      `${id} .${secret}`,
    ]
    const pages = await Promise.all(links.map((item) => fixture.visitor().get(`/two-factor/reset/${item}`)))
    for (const page of pages) expect([page.status, page.h1]).to.deep.equal([404, 'This link does not work'])
    expect(new Set(pages.map((page) => comparable(page))).size).to.equal(1)
    const paths = [id, 'A'.repeat(22), 'x', '__proto__'].flatMap((item) =>
      ['set-up', 'backup-codes', 'done'].map((where) => `/two-factor/${item}/${where}`),
    )
    const shown = await Promise.all(paths.map((path) => fixture.visitor().get(path)))
    expect(new Set(shown.map((page) => comparable(page))).size).to.equal(1)
    expect((await fixture.visitor().get(link)).status).to.equal(200)
  })

  it('neither opens nor uses a link with any method but POST', async () => {
    const person = await fixture.person()
    const { id, link } = await fixture.reset(person)
    const methods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']
    for (const method of methods) {
      const { status } = await fetch(`${fixture.issuer}${link}`, { method, headers: { 'sec-purpose': 'prefetch' } })
      expect(status, method).to.be.oneOf([200, 204, 405])
    }
    await concurrently(() => fixture.visitor().get(link))
    const { user, audit } = await fixture.count(person)
    expect([user.two_factor.reset.status, user.two_factor.reset.id, audit('two_factor.reset.opened')]).to.deep.equal([
      'sent',
      id,
      0,
    ])
    expect((await fixture.visitor().get(link)).h1).to.equal('Reset your two-factor authentication')
  })
})
