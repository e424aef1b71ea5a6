/** A step-up by passkey in the console: the answer of the device is good for the act that it signs, once. */
import { expect } from 'chai'
import { type Page, type Visitor, withForm } from '../support/client.ts'
import { type Answers, newPasskeyAnswers, passkeyAnswers, passkeyRequest } from '../support/passkeyPages.ts'
import type { Person } from '../support/people.ts'
import { concurrently, type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { type Given, newPasskey, type SoftwarePasskey } from '../support/softwareAuthenticator.ts'

const ASKS = 'Confirm with your own passkey'

describe('A step-up by passkey', () => {
  let fixture: ServerFixture
  let office: { readonly admin: Person; readonly visitor: Visitor; readonly passkey: SoftwarePasskey }
  before(async () => {
    fixture = await sharedFixture()
    const admin = await fixture.person({ roles: ['admin'] })
    const { visitor } = await fixture.enter(admin)
    const proof = await fixture.begin(fixture.ask('app', { prompt: 'manage_authenticators' }), visitor)
    const list = await visitor.submit(proof, { code: await admin.code() })
    const passkey = newPasskey()
    const added = await visitor.submit(
      withForm(list, /authenticators$/),
      newPasskeyAnswers(list, fixture.issuer, passkey),
    )
    await fixture.resume(await visitor.submit(withForm(added, /done$/), {}))
    office = { admin, visitor, passkey }
  })

  /** The page that asks for the passkey, before a reset. */
  async function asksFor(target: Person, reason = 'called back'): Promise<Page> {
    const { visitor } = office
    await visitor.go('/admin/users')
    const question = await visitor.go(`/admin/users/${target.id}/two-factor/reset`)
    const page = await visitor.submit(withForm(question, /reset$/), { reason, verified: '', seen: '' })
    expect([page.status, page.h1], page.alert ?? '').to.deep.equal([200, ASKS])
    return withForm(page, /step-up$/)
  }

  const actOf = (page: Page): string => /name="act" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const answers = (page: Page, more: Partial<Given> = {}): Answers => ({
    act: actOf(page),
    ...passkeyAnswers(page, fixture.issuer, office.passkey, more),
  })
  const resets = async (target: Person): Promise<number> => {
    await fixture.idle(target)
    return (await fixture.count(target)).audit('two_factor.reset.started')
  }

  it('says what is signed, and resets once however often it is sent', async () => {
    const target = await fixture.person()
    const page = await asksFor(target)
    for (const words of [target.email, 'called back', 'Your passkey signs exactly this.'])
      expect(page.text).to.contain(words)
    expect(passkeyRequest(page)?.allowCredentials.map(({ id }) => id)).to.deep.equal([office.passkey.id])
    const fields = answers(page)
    await concurrently(() => page.visitor.send(page, fields), 10)
    expect(await resets(target)).to.equal(1)
  })

  it('is refused for another person, another reason, and another purpose', async () => {
    const [ana, ben] = [await fixture.person(), await fixture.person()]
    const [forAna, forBen] = [await asksFor(ana), await asksFor(ben)]
    const otherReason = await asksFor(ana, 'they mailed')
    const signed = answers(forAna)
    for (const page of [forBen, otherReason]) {
      const moved = await page.visitor.submit(page, { ...answers(page), assertion: signed.assertion! })
      expect([moved.status, moved.alert]).to.deep.equal([422, 'That passkey was not accepted.'])
    }
    const whole = await forBen.visitor.submit(forBen, { ...signed, act: actOf(forBen) })
    expect(whole.status).to.equal(422)
    const signIn = await fixture.challenge(office.admin)
    const ofSignIn = passkeyAnswers(signIn, fixture.issuer, office.passkey)
    expect((await forBen.visitor.submit(forBen, { ...ofSignIn, act: actOf(forBen) })).status).to.equal(422)
    expect([await resets(ana), await resets(ben)]).to.deep.equal([0, 0])
    const fresh = await asksFor(ana)
    await fresh.visitor.submit(fresh, answers(fresh))
    expect(await resets(ana)).to.equal(1)
  })

  it('takes a check of the user, and leaves the code as another way', async () => {
    const target = await fixture.person()
    const page = await asksFor(target)
    expect((await page.visitor.submit(page, answers(page, { isVerified: false }))).status).to.equal(422)
    expect(await resets(target)).to.equal(0)
    await page.visitor.submit(page, { act: actOf(page), code: await office.admin.code() })
    expect(await resets(target)).to.equal(1)
  })
})
