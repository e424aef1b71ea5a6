/** In a real browser: a sister domain sets the cookies of a sign-in or of a session that the attacker began on another machine. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { follow, press, sees, takeComplaints } from '../support/browser.ts'
import { createPerson, type Person } from '../support/person.ts'
import { BACK, type SisterDomains, startSisterDomains } from '../support/sisterDomains.ts'

const PAGES = '|/code|/backup-code|/change|/check-email|/set-up|/backup-codes|/done'.split('|')
const OVER = 'Your sign-in was interrupted'

describe('A sister domain', () => {
  let site: SisterDomains
  before(async function () {
    this.timeout(60_000)
    site = await startSisterDomains()
  })
  beforeEach(function () {
    this.currentTest?.timeout(120_000)
  })
  // A cookie that the browser refuses is no fault of a page.
  afterEach(() => expect(takeComplaints()).to.deep.equal([]))
  after(() => site.close())

  const person = (id: string): Person => createPerson(site.server, id)
  const accountOf = async ({ email }: Person): Promise<string> => (await site.service.directory.findByEmail(email))!.id
  const uidOf = (page: Page): string => /\/sign-in\/([\w-]+)/.exec(page.url())![1]!
  const pathOf = (page: Page, part = ''): string => `${site.issuer}/sign-in/${uidOf(page)}${part}`

  /** A person with an authenticator, set up in another browser. */
  async function enrolled(id: string): Promise<Person> {
    const somebody = person(id)
    const page = await site.device()
    await page.goto(site.request())
    await somebody.entersPassword(page)
    await somebody.setsUp(page)
    await follow(page, 'Continue to app')
    await sees(page, BACK)
    return somebody
  }
  async function reset(somebody: Person): Promise<void> {
    const result = await site.service.rekey.reset({ accountId: await accountOf(somebody), by: null })
    expect(result.is).to.equal('reset')
  }

  /** The attacker begins; the victim, whose browser has the cookies of the sister domain, opens the real page of that sign-in. */
  async function begun(url: string): Promise<{ attacker: Page; victim: Page; uid: string }> {
    const [attacker, victim] = [await site.device(), await site.device()]
    await attacker.goto(url)
    await sees(attacker, 'Sign in')
    const cookies = await attacker.context().cookies(pathOf(attacker))
    const resume = await attacker.context().cookies(`${site.issuer}/auth/${uidOf(attacker)}`)
    await site.plant(victim, [...cookies, ...resume])
    const kept = (await victim.context().cookies([pathOf(attacker), `${site.issuer}/auth/${uidOf(attacker)}`])).map(
      ({ name }) => name,
    )
    expect(kept).to.include.members(['rekey_interaction', 'rekey_resume'])
    expect(kept.filter((name) => name.startsWith('__Host-'))).to.deep.equal([])
    // The page would continue by itself; here the attacker is faster.
    await victim.route('**/auth/*', (route) => route.abort())
    await victim.goto(pathOf(attacker))
    return { attacker, victim, uid: uidOf(attacker) }
  }

  async function seesNothing(attacker: Page, uid: string): Promise<void> {
    for (const part of PAGES) {
      await attacker.goto(`${site.issuer}/sign-in/${uid}${part}`)
      await sees(attacker, OVER, 400)
      expect(await attacker.locator('#key, .codes li').count()).to.equal(0)
    }
  }
  async function isNobody(attacker: Page): Promise<void> {
    await attacker.goto(site.request({ prompt: 'none' }))
    await sees(attacker, BACK)
    expect(new URL(attacker.url()).searchParams.get('error')).to.equal('login_required')
    for (const where of ['/admin', '/account']) {
      await attacker.goto(site.issuer + where)
      await sees(attacker, 'Sign in')
    }
  }
  /** The owner has done everything except the final redirect. */
  async function getsNothing({ attacker, uid }: { attacker: Page; uid: string }): Promise<void> {
    await seesNothing(attacker, uid)
    await attacker.goto(`${site.issuer}/auth/${uid}`)
    await sees(attacker, 'Sign in')
    await isNobody(attacker)
  }

  it('sets the cookies of a sign-in, and the owner gives password and code', async () => {
    const owner = await enrolled('user01')
    const at = await begun(site.request())
    await owner.entersPassword(at.victim)
    await sees(at.victim, 'Enter your code')
    await seesNothing(at.attacker, at.uid)
    await owner.entersCode(at.victim)
    await at.victim.waitForURL(/chrome-error|\/code$/)
    await getsNothing(at)
  })

  it('sets the cookies of a sign-in in which the owner sets up', async () => {
    const owner = person('user02')
    const at = await begun(site.request())
    await owner.entersPassword(at.victim)
    await sees(at.victim, 'Set up your authenticator')
    await seesNothing(at.attacker, at.uid)
    await owner.confirms(at.victim)
    await seesNothing(at.attacker, at.uid)
    await owner.savesCodes(at.victim)
    await getsNothing(at)
  })

  it('sets the cookies of a sign-in in which both proofs are given', async () => {
    const owner = await enrolled('helpdesk')
    await reset(owner)
    const at = await begun(site.request())
    await owner.entersPassword(at.victim)
    await sees(at.victim, 'Check your email')
    await seesNothing(at.attacker, at.uid)
    const letter = await at.victim.context().newPage()
    await letter.goto(await site.link(owner.email))
    await press(letter, 'Continue')
    await sees(letter, 'Enter your password')
    await press(at.victim, 'I have opened the link')
    await sees(at.victim, 'Set up your authenticator')
    await seesNothing(at.attacker, at.uid)
    await owner.setsUp(at.victim)
    await getsNothing(at)
  })

  it('sets the cookies of a request for another authenticator: the old one remains valid', async () => {
    const owner = await enrolled('user03')
    const at = await begun(site.request({ prompt: 'replace_authenticator' }))
    await owner.entersPassword(at.victim)
    await owner.entersCode(at.victim)
    await at.victim.waitForURL(/chrome-error|\/code$/)
    await getsNothing(at)
    const state = await site.service.rekey.state(await accountOf(owner))
    expect(state?.state).to.equal('active')
    const page = await site.device()
    await page.goto(site.request())
    await owner.signsIn(page)
    await sees(page, BACK)
  })

  it('sets the cookies of a sign-in at the console', async () => {
    const owner = await enrolled('admin')
    const at = await begun(`${site.issuer}/admin`)
    await owner.entersPassword(at.victim)
    await owner.entersCode(at.victim)
    await at.victim.waitForURL(/chrome-error|\/code$/)
    await getsNothing(at)
  })

  it('sets every cookie of a signed-in person: no other browser gets that session', async () => {
    const [mallory, owner] = [await enrolled('user04'), await enrolled('user05')]
    const attacker = await site.device()
    await attacker.goto(`${site.issuer}/account`)
    await mallory.signsIn(attacker)
    await sees(attacker, 'Your security')
    await attacker.goto(site.request({ prompt: 'login' }))
    await sees(attacker, 'Sign in')
    const theirs = await attacker.context().cookies()
    expect(theirs.map(({ name }) => name)).to.include.members(['__Host-rekey_session', '__Host-rekey_account'])

    for (const { name, path, secure, httpOnly, domain } of theirs) {
      expect([name, secure, httpOnly, domain]).to.deep.equal([name, true, true, 'id.site.localhost'])
      const isPrefixed = name.startsWith('__Host-') && path === '/'
      const isScoped = /^rekey_(interaction|resume|start)(\.sig)?$/.test(name) && /^\/(sign-in|auth)\/./.test(path)
      expect(isPrefixed !== isScoped, `${name} at ${path}`).to.equal(true)
    }

    const victim = await site.device()
    // Unchanged, and without the prefix that a sister domain cannot set.
    const bare = theirs.map((cookie) => ({ ...cookie, name: cookie.name.replace('__Host-', '') }))
    await site.plant(victim, [...theirs, ...bare])
    await isNobody(victim)
    await victim.goto(site.request())
    await owner.signsIn(victim)
    await sees(victim, BACK)
    await victim.goto(`${site.issuer}/account`)
    await sees(victim, 'Your security')
    expect(await victim.content())
      .to.contain(owner.email)
      .and.not.contain(mallory.email)
  })
})
