/** The process ends as in a power failure: sessions, links and unfinished set-ups are kept. */
import { expect } from 'chai'
import { BACK, press, sees } from '../support/browser.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('a restart', () => {
  const fixture = setStage()

  it('keeps sessions, links and open set-up pages, and what a reset ended remains ended', async () => {
    const { server } = fixture
    const [ana, ben] = [await fixture.person('user01'), await fixture.person('user02')]
    const [laptop, phone, late] = [await fixture.device(), await fixture.device(), await fixture.device()]
    await ana.signsInAtSample(laptop)
    await ben.signsInAtSample(late)
    const services = await fixture.services()
    await services.reset(ben)
    const link = await newestLink(server, ben)
    await phone.goto(link)
    await press(phone, 'Continue')
    const scanned = await ben.scans(phone)

    await server.kill()
    await server.restart()

    const request = await fixture.goes(laptop, 'management', { prompt: 'none' })
    await sees(laptop, BACK)
    const answer = await request.answer
    expect(answer.is === 'signed-in' && answer.claims.sub, 'still signed in').to.equal(ana.id)
    const dead = await fixture.goes(late, 'management', { prompt: 'none' })
    await sees(late, BACK)
    expect(await dead.answer).to.deep.equal({ is: 'refused', error: 'login_required' })

    await late.goto(link)
    await sees(late, 'Reset your two-factor authentication', 200)
    await phone.reload()
    expect((await ben.scans(phone)).secret).to.equal(scanned.secret)
    await ben.confirms(phone, scanned)
    await server.kill()
    await server.restart()
    await phone.reload()
    await ben.savesCodes(phone)
    expect(await services.get(ben)).to.include({ status: 'completed', completed_via: 'link' })
    await ben.signsInAtSample(late)
  })
})
