/**
 * A flood of wrong passwords for one person, and for many, while the owner signs in. `npm run attacks` sends all 5,000 and 2,000 and
 * prints the figures.
 */
import { expect } from 'chai'
import { type ServerFixture, openFixture, ROUNDS } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import type { Page, Visitor } from '../support/client.ts'
import { freePorts } from '../support/server.ts'
import { storedAccount } from '../support/storedAccount.ts'

const [AT_ONE, OVER_MANY] = ROUNDS > 1 ? [5000, 2000] : [150, 150]
const AT_ONCE = 10
/** Checked passwords for one email at most: the free attempts and those in flight. Count. */
const MOST_CHECKED = 5 + 1 + AT_ONCE
const from = (network: string) => ({ 'x-forwarded-for': network })

describe('A flood of wrong passwords', function () {
  this.timeout(900_000)
  let fixture: ServerFixture
  let metricsPort = 0
  let person: Person
  let browser: Visitor

  before(async () => {
    ;[metricsPort = 0] = await freePorts(1)
    fixture = await openFixture({ trust_proxy: 1, password_attempts: {}, metrics_port: metricsPort }, { processes: 1 })
    person = await fixture.person()
    browser = (await fixture.enter(person)).visitor
  })

  /** Sends `count` wrong passwords from one network. Returns the number of each status. */
  async function flood(
    count: number,
    emailOf: (n: number) => string,
    network: string,
  ): Promise<Record<string, number>> {
    const statuses: Record<string, number> = {}
    let sent = 0
    const guesser = async (): Promise<void> => {
      let page: Page = await fixture.begin()
      while (sent < count) {
        page = await page.visitor.submit(page, { email: emailOf(sent++), password: 'Summer2026!' }, from(network))
        statuses[page.status] = (statuses[page.status] ?? 0) + 1
        if (!page.form) page = await fixture.begin()
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, guesser))
    return statuses
  }

  /** Sign-ins of the owner until the flood is over: the attempts and the time of each. */
  async function ownerMeanwhile(over: Promise<unknown>, network: string): Promise<{ tries: number[]; ms: number[] }> {
    const [tries, ms]: [number[], number[]] = [[], []]
    const flooding = { isOver: false }
    void over.finally(() => (flooding.isOver = true))
    do {
      const page = await fixture.begin(fixture.ask('app', { prompt: 'login' }), browser)
      const began = performance.now()
      let tried = 0
      let next: Page = page
      do {
        next = await browser.submit(page, { email: person.email, password: person.password }, from(network))
        tried += 1
      } while (next.h1 !== 'Enter your code' && tried < 5)
      tries.push(tried)
      ms.push(Math.round(performance.now() - began))
    } while (!flooding.isOver)
    return { tries, ms }
  }

  async function run(name: string, count: number, emailOf: (n: number) => string, network: string) {
    const since = fixture.server.now()
    const began = performance.now()
    const flooding = flood(count, emailOf, network)
    const { tries, ms } = await ownerMeanwhile(flooding, network)
    const statuses = await flooding
    const seconds = Math.round((performance.now() - began) / 100) / 10
    const lines = await fixture.eventually(async () => {
      const found = await fixture.host.store
        .journal('audit')
        .list({ tags: ['type:password.refused'], from: since, limit: 10_000 })
      if (found.length === 0) throw new Error('no line yet')
      return found.length
    })
    const sorted = ms.toSorted((a, b) => a - b)
    const owner = {
      sign_ins: tries.length,
      most_tries: Math.max(...tries),
      median_ms: sorted[sorted.length >> 1],
      slowest_ms: sorted.at(-1),
    }
    console.log(`      ${JSON.stringify({ name, seconds, statuses, owner, audit_lines: lines })}`)
    expect(owner.most_tries).to.be.at.most(2)
    return { statuses, lines }
  }

  it(`of ${AT_ONE} for one person from one network does not stop the owner, and few are checked`, async () => {
    const { statuses, lines } = await run('one person', AT_ONE, () => person.email, '198.51.100.7')
    expect(statuses['422']).to.be.within(6, MOST_CHECKED)
    expect((statuses['422'] ?? 0) + (statuses['429'] ?? 0)).to.equal(AT_ONE)
    // One for those that were wrong, one for those that were not checked.
    expect(lines).to.be.within(1, 2)
    expect((await storedAccount(fixture.host, person.id))?.outbox).to.deep.equal([])
  })

  it(`of one password over ${OVER_MANY} people does not stop the owner, and a hundred are checked`, async () => {
    const emailOf = (n: number): string => (n === 40 ? person.email : `person${n}@example.com`)
    const { statuses } = await run('many people', OVER_MANY, emailOf, '198.51.100.8')
    expect(statuses['422']).to.be.within(100, 100 + AT_ONCE)
  })

  it('is counted in the metrics by limit, without the name of a person', async () => {
    const text = await (await fetch(`http://localhost:${metricsPort}/metrics`)).text()
    const counted = [...text.matchAll(/^oidc_rekey_limits_total\{limit="([\w.]+)"\} (\d+)$/gm)]
    const limits = Object.fromEntries(counted.map(([, limit = '', count]) => [limit, Number(count)]))
    console.log(`      ${JSON.stringify(limits)}`)
    expect(limits['password.wrong']).to.be.within(106, 106 + 3 * AT_ONCE)
    expect((limits['password.here'] ?? 0) + (limits['password.browser'] ?? 0)).to.be.at.least(AT_ONE - MOST_CHECKED)
    expect(limits['password.network']).to.be.at.least(OVER_MANY - 100 - AT_ONCE)
    expect(text).not.to.include(person.email)
  })
})
