/** Both ways back in a real browser, with a fail-over of the store between two steps: each goes on where it was. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually, follow, press, says, sees } from '../support/browser.ts'
import { setStage } from '../support/journeyFixture.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import type { Person } from '../support/person.ts'
import { type Rig, topologies } from './table/topologies.ts'

const moments = ['after the reset', 'on the set-up page'] as const
type Moment = (typeof moments)[number]

for (const name of ['Sentinel', 'Cluster', 'PostgreSQL'] as const)
  for (const moment of moments)
    describe(`A fail-over of ${name} ${moment}`, () => {
      let rig: Rig | undefined
      const settings = name === 'PostgreSQL' ? {} : { redis: { replicas: 1 } }
      const fixture = setStage(async () => {
        rig = await topologies[name]()
        return rig.environment
      }, settings)
      after(() => rig?.stop())
      let isOver = false

      /** Once for both journeys: a pair of servers has one. */
      async function failOver(now: Moment): Promise<void> {
        if (now !== moment || isOver) return
        isOver = true
        await rig!.failOver!()
        await eventually(async () =>
          expect((await fetch(`${fixture.server.issuer}/health/ready`)).status).to.equal(200),
        )
      }

      /** Two people whose journeys have the fail-over in their middle. */
      it('ends neither the way back by the mailed link nor that by signing in', async () => {
        const [ana, ben] = [await fixture.person('user01'), await fixture.person('user02')]
        const old = [ana.authenticator!, ben.authenticator!] as const
        const [phone, laptop] = [await fixture.device(), await fixture.device()]
        await ben.signsInAtSample(laptop)
        const services = await fixture.services()
        await services.reset(ana)
        await services.reset(ben)
        const links = [await newestLink(fixture.server, ana), await newestLink(fixture.server, ben)] as const
        await failOver('after the reset')

        await phone.goto(links[0])
        await sees(phone, 'Reset your two-factor authentication', 200)
        await press(phone, 'Continue')
        await sees(phone, 'Set up your authenticator')
        await laptop.context().clearCookies({ name: /sample/ })
        await laptop.goto(`${fixture.server.sample}/sign-in`)
        await ben.entersPassword(laptop)
        await sees(laptop, 'Set up your authenticator')
        await failOver('on the set-up page')

        await setsUp(ana, phone)
        await setsUp(ben, laptop)
        await follow(laptop, 'Continue to Sample application')
        await sees(laptop, 'Sample application')
        expect(await services.get(ana)).to.include({ status: 'completed', completed_via: 'link' })
        expect(await services.get(ben)).to.include({ status: 'completed', completed_via: 'sign-in' })
        for (const link of links) {
          await phone.goto(link)
          await sees(phone, 'This link was already used', 410)
        }
        await refuses(await fixture.device(), ana, await ana.code(old[0]))
        await refuses(await fixture.device(), ben, await ben.code(old[1]))
      })

      /** A server that has just taken over may not be able to promise that nothing is lost: the page says so, and is sent again. */
      async function setsUp(person: Person, page: Page): Promise<void> {
        const since = performance.now()
        const app = await person.scans(page)
        await person.confirms(page, app).catch(async (error: unknown) => {
          if (!String(error).includes('Not available right now')) throw error
          await eventually(async () => {
            await pause(1000)
            expect((await page.reload())?.status()).to.equal(200)
          })
          console.log(
            `      ${name}: sent again, accepted ${Math.round(performance.now() - since)} ms after it was first sent`,
          )
          person.authenticator = app
        })
        await person.savesCodes(page)
      }

      async function refuses(page: Page, person: Person, code: string): Promise<void> {
        await page.goto(`${fixture.server.sample}/sign-in`)
        await person.entersPassword(page)
        await person.entersCode(page, code)
        await says(page, 'That code is wrong or was already used.')
        await person.entersCode(page)
        await sees(page, 'Sample application')
      }
    })
