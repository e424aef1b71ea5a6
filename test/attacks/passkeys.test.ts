/** Passkeys as second factor: one assertion is good for one sign-in, and nothing of before a reset is good for anything. */
import { expect } from 'chai'
import { TWO_FACTOR } from '../support/acr.ts'
import { codesIn, type Page } from '../support/client.ts'
import { newPasskeyAnswers, passkeyAnswers, passkeyRequest } from '../support/passkeyPages.ts'
import type { Person } from '../support/people.ts'
import { concurrently, type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { type Given, newPasskey, type SoftwarePasskey } from '../support/softwareAuthenticator.ts'
import { claimsOf } from './acrClaims.ts'
import { passkeyOwner } from './passkeyOwner.ts'

const ASKS = 'Use your passkey'
const REFUSED = 'That passkey was not accepted.'
const STALE = 'Something else happened meanwhile. Press again.'

describe('A passkey', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const answers = (page: Page, passkey: SoftwarePasskey, more: Partial<Given> = {}) =>
    passkeyAnswers(page, fixture.issuer, passkey, more)
  const setUp = (page: Page, passkey: SoftwarePasskey) =>
    page.visitor.submit(page, newPasskeyAnswers(page, fixture.issuer, passkey))

  const owner = () => passkeyOwner(fixture)

  const signIn = async (person: Person, passkey: SoftwarePasskey, more: Partial<Given> = {}) => {
    const page = await fixture.challenge(person)
    expect(page.h1).to.equal(ASKS)
    return page.visitor.submit(page, answers(page, passkey, more))
  }

  it('is set up by creating and trying it, signs in, and is told in amr', async () => {
    const { person, passkey } = await owner()
    expect((await fixture.count(person)).audit('two_factor.enrolled')).to.equal(1)
    const request = fixture.ask()
    const page = await fixture.challenge(person, request)
    expect([page.h1, passkeyRequest(page)?.allowCredentials.map(({ id }) => id)]).to.deep.equal([ASKS, [passkey.id]])
    expect(page.text).to.not.contain('6-digit code')
    const done = await page.visitor.submit(page, answers(page, passkey))
    const tokens = await fixture.tokens({ request, code: fixture.codeAt(await fixture.resume(done)) })
    expect(claimsOf(tokens)).to.deep.include({ acr: TWO_FACTOR, amr: ['pwd', 'pop', 'user', 'mfa'] })
    const admin = await fixture.admin()
    await fixture.eventually(async () => {
      const { body } = await admin.call('GET', `/audit-events?user=${person.id}&type=sign_in.done`)
      expect((body['items'] as { method: string }[]).map(({ method }) => method)).to.include('passkey')
    })
  })

  it('that is synced says so', async () => {
    const person = await fixture.person({ enrolled: false })
    const passkey = newPasskey()
    const page = await fixture.challenge(person)
    const synced = { isBackupEligible: true, isBackedUp: true }
    const fields = newPasskeyAnswers(page, fixture.issuer, passkey, { created: synced, tried: synced })
    await fixture.saveCodes(person, await page.visitor.submit(page, fields))
    const request = fixture.ask()
    const again = await fixture.challenge(person, request)
    const done = await again.visitor.submit(again, answers(again, passkey, synced))
    const tokens = await fixture.tokens({ request, code: fixture.codeAt(await fixture.resume(done)) })
    expect(claimsOf(tokens)['amr']).to.deep.equal(['pwd', 'pop', 'swk', 'user', 'mfa'])
  })

  it('is good for one sign-in, however often its answer is sent and from wherever', async () => {
    const { person, passkey } = await owner()
    const before = (await fixture.count(person)).sessions
    const page = await fixture.challenge(person)
    const fields = answers(page, passkey)
    const elsewhere = await fixture.challenge(person)
    await concurrently((index) =>
      index % 2 === 0 ? page.visitor.submit(page, fields) : elsewhere.visitor.submit(elsewhere, fields),
    )
    const { form } = page
    await elsewhere.visitor.post(form!.action, { form_token: form!.token, ...fields })
    const done = await fixture.resume(await page.visitor.submit(page, fields))
    expect(done.location).to.contain('code=')
    expect((await fixture.count(person)).sessions - before).to.equal(1)
    const later = await fixture.challenge(person)
    const replayed = await later.visitor.submit(later, fields)
    expect([replayed.status, replayed.h1, replayed.alert]).to.deep.equal([422, ASKS, STALE])
  })

  it('is refused with a challenge of another sign-in, and of one before the newest', async () => {
    const { person, passkey } = await owner()
    const [first, second] = [await fixture.challenge(person), await fixture.challenge(person)]
    const crossed = await first.visitor.submit(first, {
      ...answers(first, passkey),
      assertion: answers(second, passkey)['assertion']!,
    })
    expect([crossed.status, crossed.alert]).to.deep.equal([422, REFUSED])
    const old = answers(first, passkey)
    expect((await second.visitor.submit(second, answers(second, passkey))).status).to.equal(200)
    const refused = await first.visitor.submit(first, old)
    expect([refused.status, refused.alert]).to.deep.equal([422, STALE])
    // The page has a new challenge.
    expect((await refused.visitor.submit(refused, answers(refused, passkey))).status).to.equal(200)
  })

  const wrong: [string, Partial<Given>, string][] = [
    [
      'not-user-verified',
      { isVerified: false },
      'Your device must check that it is you: set up its PIN or screen lock first.',
    ],
    [
      'not-user-verified',
      { isPresent: false },
      'Your device must check that it is you: set up its PIN or screen lock first.',
    ],
    ['origin', { origin: 'https://evil.example' }, REFUSED],
    ['cross-origin', { clientData: { crossOrigin: true } }, REFUSED],
    ['rp-id', { rpId: 'evil.example' }, REFUSED],
  ]
  for (const [why, more, says] of wrong)
    it(`is refused with ${JSON.stringify(more)}, and the audit says ${why}`, async () => {
      const { person, passkey } = await owner()
      const refused = await signIn(person, passkey, more)
      expect([refused.status, refused.h1, refused.alert]).to.deep.equal([422, ASKS, says])
      const { events } = await fixture.count(person)
      const lines = events.filter(({ type }) => type === 'two_factor.passkey_refused')
      expect(lines.map(({ reason }) => reason)).to.deep.equal([why])
    })

  it('signs in while codes are paused by wrong answers', async () => {
    const { person, passkey } = await owner()
    const thief = { ...newPasskey(), id: passkey.id, rawId: passkey.rawId }
    for (let count = 0; count < 6; count++)
      expect((await signIn(person, thief)).status, `answer ${count}`).to.equal(422)
    expect((await signIn(person, thief)).status).to.equal(429)
    expect((await signIn(person, passkey)).status).to.equal(200)
  })

  it('is not told by any answer that is malformed', async () => {
    const { person, passkey } = await owner()
    const page = await fixture.challenge(person)
    const whole = answers(page, passkey)
    const answersOfAttackers = [
      { assertion: '' },
      { ...whole, assertion: 'null' },
      { ...whole, assertion: '{"id": {}}' },
      { ...whole, assertion: 'x'.repeat(9000) },
      { ...whole, assertion: ['a', 'b'] },
      { ...whole, ceremony: '' },
      { ...whole, ceremony: 'k1.AAAA' },
      { ...whole, ceremony: ['a', 'b'] },
    ]
    let last = page
    for (const fields of answersOfAttackers) {
      last = await last.visitor.submit(last, fields)
      expect(last.status, JSON.stringify(fields).slice(0, 60)).to.be.oneOf([422, 429])
      await fixture.advance(60)
      last = await fixture.challenge(person, undefined, last.visitor)
    }
  })

  it('of before a reset is refused, and so is a page of before it', async () => {
    const { person, passkey } = await owner()
    const open = await fixture.challenge(person)
    const kept = answers(open, passkey)
    const newcomer = await fixture.person({ enrolled: false })
    await fixture.reset(person)
    const late = await open.visitor.submit(open, kept)
    expect([late.status, late.location]).to.not.deep.equal([200, null])
    expect((await fixture.count(person)).sessions).to.equal(0)
    const again = await fixture.challenge(person)
    expect(again.h1).to.equal('Set up your authenticator')
    // The registration of another device is not tried by the old one.
    const other = newPasskey()
    const mixed = {
      ...newPasskeyAnswers(again, fixture.issuer, other),
      assertion: newPasskeyAnswers(again, fixture.issuer, passkey)['assertion']!,
    }
    expect((await again.visitor.submit(again, mixed)).alert).to.equal(REFUSED)
    const renewed = newPasskey()
    expect((await setUp(again, renewed)).h1).to.equal('Save your backup codes')
    await fixture.eventually(async () => expect((await fixture.count(person)).state).to.equal('active'))
    expect((await signIn(person, passkey)).alert).to.equal(REFUSED)
    // A ceremony belongs to one person.
    const theirs = await fixture.challenge(newcomer)
    const ours = await fixture.challenge(await fixture.person({ enrolled: false }))
    const foreign = newPasskeyAnswers(theirs, fixture.issuer, newPasskey())
    expect((await ours.visitor.submit(ours, foreign)).alert).to.equal(STALE)
  })

  it('is set up by the mailed link, with codes of its own', async () => {
    const { person } = await owner()
    const { link } = await fixture.reset(person)
    const visitor = fixture.visitor()
    const page = await visitor.submit(await visitor.get(link), {})
    const passkey = newPasskey()
    const codes = await setUp(page, passkey)
    expect([codes.h1, codesIn(codes.text).length]).to.deep.equal(['Save your backup codes', 10])
    expect((await visitor.submit(codes, { saved: 'yes' })).h1).to.equal('You are all set')
    expect((await signIn(person, passkey)).status).to.equal(200)
  })

  it('is confirmed once: the answer that is sent again shows the same codes', async () => {
    const person = await fixture.person({ enrolled: false })
    const page = await fixture.challenge(person)
    const fields = newPasskeyAnswers(page, fixture.issuer, newPasskey())
    const shown = await concurrently(() => page.visitor.submit(page, fields), 5)
    expect(new Set(shown.map(({ text }) => codesIn(text).join()))).to.have.property('size', 1)
    expect((await fixture.count(person)).audit('two_factor.enrolled')).to.equal(1)
  })

  it('is one entry from two tabs, and works: the device has kept the newer one', async () => {
    const person = await fixture.person({ enrolled: false })
    const first = await fixture.challenge(person)
    const second = await first.visitor.get(first.path)
    const [older, newer] = [newPasskey(), newPasskey()]
    const codes = codesIn((await setUp(first, older)).text)
    const shown = await setUp(second, newer)
    expect([shown.h1, codesIn(shown.text)]).to.deep.equal(['Save your backup codes', codes])
    await fixture.saveCodes(person, shown)
    expect((await signIn(person, older)).alert).to.equal(REFUSED)
    expect((await signIn(person, newer)).status).to.equal(200)
    // Once the codes are saved, nothing takes its place.
    const late = await first.visitor.get(first.path)
    expect(late.h1).to.not.equal('Set up your authenticator')
    await second.visitor.send(second, newPasskeyAnswers(second, fixture.issuer, newPasskey()))
    expect((await signIn(person, newer)).status).to.equal(200)
  })

  it('leaves the other ways: a backup code signs in as well', async () => {
    const { person } = await owner()
    const page = await fixture.challenge(person)
    const other = await page.visitor.get(page.path.replace(/passkey$/, 'backup-code'))
    expect(other.h1).to.equal('Use a backup code')
    expect(other.text).to.contain(page.path)
    expect((await other.visitor.submit(other, { code: person.codes[0]! })).status).to.equal(200)
  })

  it('proves a change of the own account', async () => {
    const { person, passkey } = await owner()
    const visitor = fixture.visitor()
    const request = fixture.ask('app', { prompt: 'new_backup_codes' })
    const page = await fixture.challenge(person, request, visitor)
    const change = await visitor.submit(page, answers(page, passkey))
    expect(change.status).to.equal(200)
  })

  it('is not offered to people who may act on others, nor accepted from them', async () => {
    const ordinary = await fixture.challenge(await fixture.person({ enrolled: false }))
    expect(passkeyRequest(ordinary)).to.not.equal(null)
    const fields = newPasskeyAnswers(ordinary, fixture.issuer, newPasskey())
    for (const role of ['admin', 'helpdesk'] as const) {
      const page = await fixture.challenge(await fixture.person({ enrolled: false, roles: [role] }))
      expect(passkeyRequest(page), role).to.equal(null)
      expect((await page.visitor.submit(page, fields)).status).to.equal(422)
    }
  })
})
