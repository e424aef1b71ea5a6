/** Each way in which a sign-in, a mailed link or an act fails, for an attacker who tries it. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { type Page, withForm } from '../support/client.ts'
import type { Person } from '../support/people.ts'
import type { ServerFixture } from '../support/serverFixture.ts'

/** What a way to fail leaves. */
interface Left {
  /** Of the line; null: no account is named. */
  readonly target: Person | null
  /** Texts that must not be in any line. */
  readonly secret?: readonly string[]
}
export interface Failed extends Required<Omit<Left, 'target'>> {
  readonly name: string
  readonly type: string
  readonly reason: string | null
  readonly target: string | null
}
export type Way = readonly [name: string, type: string, reason: string | null, fail: () => Promise<Left>]

const way = (...parts: Way): Way => parts

/** A fixture with few free attempts. */
export const settings = {
  attempts: { free: 3, lock_after: 10 },
  password_attempts: { free: 3, per_account_per_hour: null, per_network_per_hour: null },
}

const wrongCode = '000000'
const wrong = () => `wrong-${randomUUID()}`

/** @param opened the fixture with `settings`, once it is open */
export function waysToFail(opened: () => ServerFixture): readonly Way[] {
  const lazily = new Proxy({} as ServerFixture, { get: (_, name) => Reflect.get(opened(), name) as unknown })
  return [...atSignIn(lazily), ...byLink(lazily), ...byAct(lazily)]
}

function atSignIn(fixture: ServerFixture): Way[] {
  async function typePassword(email: string, password: string, page?: Page): Promise<Page> {
    const from = page ?? (await fixture.begin())
    return from.visitor.submit(from, { email, password })
  }
  async function typeCode(target: Person, code = wrongCode, path: 'code' | 'backup-code' = 'code'): Promise<Page> {
    const page = await (path === 'code' ? fixture.challenge(target) : fixture.backup(target))
    return page.visitor.submit(page, { code })
  }
  async function guess(target: Person, times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      await typeCode(target)
      // Past the pause after it.
      if (n >= 2) await fixture.advance(3600)
    }
  }

  return [
    way('an email that no person has', 'password.refused', null, async () => {
      const [email, password] = [`nobody-${randomUUID()}@example.com`, wrong()]
      await typePassword(email, password)
      return { target: null, secret: [email, password] }
    }),
    way('a wrong password', 'password.refused', null, async () => {
      const [target, password] = [await fixture.person(), wrong()]
      await typePassword(target.email, password)
      return { target, secret: [target.email, password] }
    }),
    way('any password, in the pause after wrong ones', 'password.refused', 'paused', async () => {
      const target = await fixture.person()
      const page = await fixture.begin()
      let answer = page
      for (let n = 0; n < 8 && answer.status !== 429; n++) answer = await typePassword(target.email, wrong(), page)
      expect(answer.status).to.equal(429)
      return { target }
    }),
    way('the right password of a disabled account', 'password.refused', null, async () => {
      const target = await fixture.person({ status: 'disabled' })
      expect((await typePassword(target.email, target.password)).status).to.equal(422)
      return { target }
    }),
    way('a wrong code', 'two_factor.code_refused', 'code-incorrect', async () => {
      const target = await fixture.person()
      await typeCode(target)
      return { target }
    }),
    way('a code that was used', 'two_factor.code_refused', 'code-replayed', async () => {
      const target = await fixture.person()
      await fixture.enter(target)
      const code = await target.code()
      await typeCode(target, code)
      await typeCode(target, code)
      return { target }
    }),
    way('a wrong backup code', 'two_factor.code_refused', 'code-incorrect', async () => {
      const target = await fixture.person()
      await typeCode(target, 'AAAA-BBBB-CCCC-DDDD', 'backup-code')
      return { target, secret: ['AAAA-BBBB-CCCC-DDDD', 'AAAABBBBCCCCDDDD'] }
    }),
    way('a code in the pause after wrong ones', 'sign_in.refused', 'paused', async () => {
      const target = await fixture.person()
      let answer: Page
      do answer = await typeCode(target)
      while (answer.status !== 429)
      return { target }
    }),
    way('a code of a locked authenticator', 'sign_in.refused', 'locked', async () => {
      const target = await fixture.person()
      await guess(target, 10)
      await typeCode(target, await target.code())
      return { target }
    }),
    way('a sign-in that a reset ended', 'sign_in.refused', 'sign-in-over', async () => {
      const target = await fixture.person()
      const page = await fixture.challenge(target)
      await fixture.reset(target)
      await page.visitor.submit(page, { code: await target.code() })
      return { target }
    }),
    way('a set-up that an administrator blocked', 'sign_in.refused', 'set-up-frozen', async () => {
      const target = await fixture.person()
      const reset = await fixture.reset(target)
      await (
        await fixture.admin()
      ).call('DELETE', `/users/${target.id}/two-factor/resets/${reset.id}`, { freeze: true })
      await fixture.challenge(target)
      return { target }
    }),
    way('an account whose record is lost', 'sign_in.refused', 'record-lost', async () => {
      const target = await fixture.person({ enrolled: false })
      await fixture.host.directory.enrolled(target.id, 1)
      await fixture.challenge(target)
      return { target }
    }),
    way('a person without a role, at the console', 'sign_in.refused', 'no-role', async () => {
      const target = await fixture.person()
      await expectRefusal(fixture.enterApp(target, '/admin/users', 'Users'))
      return { target }
    }),
  ]
}

function byLink(fixture: ServerFixture): Way[] {
  const openLink = (link: string): Promise<Page> => fixture.visitor().get(link)

  return [
    ...(['expired', 'replaced', 'cancelled'] as const).map((why) =>
      way(`a mailed link that is ${why}`, 'link.refused', `link-${why}`, async () => {
        const target = await fixture.person()
        const { link, id } = await fixture.reset(target)
        if (why === 'expired') await fixture.advance(28_801)
        if (why === 'replaced') await fixture.reset(target)
        if (why === 'cancelled') {
          await (await fixture.admin()).call('DELETE', `/users/${target.id}/two-factor/resets/${id}`)
        }
        expect((await openLink(link)).status).to.equal(410)
        return { target, secret: [link] }
      }),
    ),
    way('a mailed link that was used', 'link.refused', 'link-used', async () => {
      const target = await fixture.person()
      const { link } = await fixture.reset(target)
      await fixture.setUp(target, await fixture.openLink(target, fixture.visitor()))
      expect((await openLink(link)).status).to.equal(410)
      return { target, secret: [link] }
    }),
    way('a mailed link that never existed', 'link.refused', 'link-unknown', async () => {
      const link = `/two-factor/reset/${'x'.repeat(43)}`
      expect((await openLink(link)).status).to.equal(404)
      return { target: null, secret: [link] }
    }),
    way('a wrong password at a mailed link', 'password.refused', null, async () => {
      const target = await fixture.person({ roles: ['helpdesk'] })
      await fixture.reset(target)
      const page = await fixture.openLink(target, fixture.visitor())
      await page.visitor.submit(page, { password: wrong() })
      return { target }
    }),
  ]
}

function byAct(fixture: ServerFixture): Way[] {
  return [
    way('a step-up with a wrong code, in the API', 'step_up.refused', 'code-incorrect', async () => {
      const target = await fixture.person()
      expect((await (await fixture.admin()).reset(target, { code: wrongCode })).status).to.equal(422)
      return { target }
    }),
    way('a step-up with a wrong code, in the console', 'step_up.refused', 'code-incorrect', async () => {
      const target = await fixture.person()
      const console = await fixture.enterApp((await fixture.admin()).person, '/admin/users', 'Users')
      const confirm = await console.visitor.get(`/admin/users/${target.id}/two-factor/reset`)
      const asks = await console.visitor.submit(withForm(confirm, /reset$/), { reason: '', seen: '' })
      const act = /name="act" value="([^"]+)"/.exec(asks.text)?.[1] ?? ''
      const own = withForm(asks, /step-up/)
      expect((await own.visitor.submit(own, { act, code: wrongCode })).status).to.equal(422)
      return { target }
    }),
    way('a reset by a person who may not', 'two_factor.reset.refused', 'authority', async () => {
      const target = await fixture.person({ roles: ['admin'] })
      const helpdesk = await fixture.acting(await fixture.person({ roles: ['helpdesk'] }))
      expect((await helpdesk.reset(target, { code: await helpdesk.person.code() })).status).to.equal(403)
      return { target }
    }),
  ]
}

/** The page says 403; the fixture reports it by the status. */
export async function expectRefusal(entering: Promise<unknown>): Promise<void> {
  expect(await entering.then(() => 'entered', String)).to.contain('403')
}
