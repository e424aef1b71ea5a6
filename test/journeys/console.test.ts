/** The five steps of the administrator and the six of the user, with and without JavaScript. */
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { eventually, field, follow, press, says, sees } from '../support/browser.ts'
import { newestLink } from '../support/mailboxEmails.ts'
import type { Person } from '../support/person.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('the console', () => {
  const fixture = setStage()

  const status = (page: Page, text: string): Promise<void> =>
    page.getByRole('status').filter({ hasText: text }).waitFor()

  async function enters(page: Page, person: Person): Promise<void> {
    await page.goto(`${fixture.server.issuer}/admin`)
    await person.signsIn(page)
    await sees(page, 'Users')
  }

  async function opens(page: Page, name: string, search = name): Promise<void> {
    await follow(page, 'Settings')
    await sees(page, 'Settings')
    await follow(page, 'Users')
    await sees(page, 'Users')
    await page.getByRole('searchbox', { name: 'Search', exact: true }).fill(search)
    await press(page, 'Search')
    await follow(page, name)
    await sees(page, name)
  }

  const more = (page: Page): Promise<void> => page.locator('summary', { hasText: 'More' }).click()

  for (const javaScriptEnabled of [true, false])
    it(`an administrator resets a user in five steps, who sets up again in six (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async () => {
      const ana = await fixture.person(javaScriptEnabled ? 'user01' : 'user02')
      const name = javaScriptEnabled ? 'Ana Silva' : 'Ben Okafor'
      const admin = await fixture.person('admin')
      const page = await fixture.device({ javaScriptEnabled })
      await enters(page, admin)

      await opens(page, name)
      await follow(page, '2FA - Reset')
      await sees(page, `Reset two-factor authentication for ${name}?`, 200)
      await page.getByText('10 backup codes').waitFor()
      await follow(page, 'Cancel')
      await sees(page, name)
      await follow(page, '2FA - Reset')
      await page.getByRole('radio', { name: 'Called back on the number on file', exact: true }).check()
      await press(page, 'Reset 2FA')
      await sees(page, 'Enter your own code', 200)
      await field(page, '6-digit code').fill('000000')
      await press(page, 'Confirm: Reset 2FA')
      await sees(page, 'Enter your own code', 422)
      await says(page, 'That code is wrong or was already used.')
      await field(page, '6-digit code').fill(await admin.code())
      await press(page, 'Confirm: Reset 2FA')
      await sees(page, name)
      await status(page, '2FA has been reset')
      await page.reload()
      await status(page, '2FA has been reset')
      await eventually(async () => {
        await page.reload()
        await page.getByText('Email accepted').waitFor({ timeout: 2000 })
      })

      const phone = await fixture.device({ javaScriptEnabled })
      await phone.goto(await newestLink(fixture.server, ana))
      await press(phone, 'Continue')
      await ana.setsUp(phone)
      await phone.getByText('Your account has been successfully updated.').waitFor()
      await page.reload()
      await page.getByText('through the link we emailed').waitFor()
    })

  it('gives the reason why a user cannot be reset: pending, disabled, self, role', async () => {
    const admin = await fixture.person('admin')
    const page = await fixture.device()
    await enters(page, admin)
    for (const [name, why] of [
      ['Petra Pending', 'This user has not completed the account set-up'],
      ['David Disabled', ''],
      ['Ada Admin', 'You cannot reset your own 2FA here.'],
    ] as const) {
      await opens(page, name)
      await page.locator('#reset').filter({ hasText: why }).waitFor()
      expect(await page.getByRole('link', { name: '2FA - Reset' }).count()).to.equal(0)
      await page.goto(`${page.url().split('?')[0]}/two-factor/reset`)
      await sees(page, 'Not reset', 409)
    }
    const helpdesk = await fixture.person('helpdesk')
    const other = await fixture.device()
    await enters(other, helpdesk)
    await opens(other, 'Ada Admin')
    await other.getByText('Your role does not allow it').waitFor()
  })

  it('lets one of two administrators reset, and shows the other who did and when', async () => {
    const [admin, helpdesk] = [await fixture.person('admin'), await fixture.person('helpdesk')]
    await fixture.person('user03')
    const [first, two] = [await fixture.device(), await fixture.device()]
    await enters(first, admin)
    await enters(two, helpdesk)
    for (const page of [first, two]) {
      await opens(page, 'Chloé Laurent', 'user03')
      await follow(page, '2FA - Reset')
      await press(page, 'Reset 2FA')
      await sees(page, 'Enter your own code')
    }
    await field(first, '6-digit code').fill(await admin.code())
    await press(first, 'Confirm: Reset 2FA')
    await status(first, '2FA has been reset')
    await field(two, '6-digit code').fill(await helpdesk.code())
    await press(two, 'Confirm: Reset 2FA')
    await sees(two, 'Not reset', 409)
    await two.getByText('Ada Admin already reset this account').waitFor()
  })

  it('sends a new link, cancels it, blocks the set-up, and confirms each', async () => {
    const admin = await fixture.person('admin')
    const ana = await fixture.person('user04')
    const page = await fixture.device()
    await enters(page, admin)
    await opens(page, 'Dmitri Ivanov')
    await follow(page, '2FA - Reset')
    await press(page, 'Reset 2FA')
    await field(page, '6-digit code').fill(await admin.code())
    await press(page, 'Confirm: Reset 2FA')
    await status(page, '2FA has been reset')
    const first = await newestLink(fixture.server, ana)
    await press(page, 'Send a new link')
    await status(page, 'A new link is being emailed')
    const phone = await fixture.device()
    await phone.goto(first)
    await sees(phone, 'This link was replaced by a newer email', 410)
    await press(page, 'Cancel the link…')
    await page.getByRole('dialog', { name: 'Cancel the link?' }).waitFor()
    await press(page, 'No, go back')
    await press(page, 'Cancel and block set-up…')
    await press(page, 'Cancel and block set-up')
    await status(page, 'setting up is blocked')
    // The block is not a one-time message: a later reader must see it too.
    await opens(page, 'Dmitri Ivanov')
    await page.getByText('Cancelled, set-up blocked').waitFor()
    await page.getByText('Blocked until a new reset', { exact: true }).waitFor()
    expect(await page.getByText('Valid for').count(), 'of a link that is dead').to.equal(0)
  })

  it('invites a new person, and a pending one again', async () => {
    const page = await fixture.device()
    await enters(page, await fixture.person('admin'))
    await follow(page, 'Invite user')
    await sees(page, 'Invite user')
    await field(page, 'Email').fill('user01@example.com')
    await field(page, 'Name').fill('Nora Neu')
    await press(page, 'Send invitation')
    await sees(page, 'Invite user', 422)
    await says(page, 'There is an account with this email address.')
    await field(page, 'Email').fill('nora@example.com')
    await page.getByRole('combobox', { name: 'Language', exact: true }).selectOption('Deutsch')
    await press(page, 'Send invitation')
    await sees(page, 'Nora Neu')
    await page.getByRole('definition').filter({ hasText: 'Deutsch' }).waitFor()
    await status(page, 'The invitation is being emailed')
    await press(page, 'Send invitation again')
    await status(page, 'The invitation is being emailed')
    await eventually(async () => {
      const mailbox = await fetch(`${fixture.server.issuer}/mailbox.json`)
      const { items } = (await mailbox.json()) as { items: { to: string; subject: string }[] }
      const letters = items.filter(({ to }) => to === 'nora@example.com').map(({ subject }) => subject)
      expect(letters).to.have.length(2)
      for (const subject of letters) expect(subject).to.match(/^Ihr Konto bei /)
    })
  })

  it('edits a user: the name at once, email and roles with a code; disables and enables', async () => {
    const admin = await fixture.person('admin')
    const page = await fixture.device()
    const confirms = async (): Promise<void> => {
      await sees(page, 'Enter your own code', 200)
      await field(page, '6-digit code').fill(await admin.code())
      await page.getByRole('button', { name: /^Confirm: / }).click()
    }
    await enters(page, admin)
    await opens(page, 'Farid Haddad', 'user06')
    await follow(page, 'Edit')
    await sees(page, 'Edit Farid Haddad')
    await field(page, 'Name').fill('Farid A. Haddad')
    await press(page, 'Save')
    await sees(page, 'Farid A. Haddad')
    await status(page, 'The account has been changed')

    await follow(page, 'Edit')
    await field(page, 'Email').fill('user01@example.com')
    await press(page, 'Save')
    await sees(page, 'Edit Farid A. Haddad', 422)
    await says(page, 'There is an account with this email address.')
    await field(page, 'Email').fill('farid@example.com')
    await page.getByRole('checkbox', { name: 'Helpdesk', exact: true }).check()
    await press(page, 'Save')
    await page.getByText('Email: farid@example.com (was: user06@example.com)').waitFor()
    await page.getByText('Roles: Helpdesk (was: none)').waitFor()
    await confirms()
    await status(page, 'The account has been changed')
    await page.getByText('farid@example.com').first().waitFor()
    await eventually(async () => {
      const mailbox = await fetch(`${fixture.server.issuer}/mailbox.json`)
      const { items } = (await mailbox.json()) as { items: { to: string; subject: string }[] }
      expect(items.find(({ to }) => to === 'user06@example.com')?.subject).to.contain('email')
    })

    await more(page)
    await press(page, 'Disable account…')
    await press(page, 'Disable account')
    await page.getByText('They are signed out everywhere').waitFor()
    await follow(page, 'Cancel')
    await sees(page, 'Farid A. Haddad')
    await more(page)
    await press(page, 'Disable account…')
    await press(page, 'Disable account')
    await confirms()
    await status(page, 'The account has been disabled')
    await more(page)
    await press(page, 'Enable account')
    await confirms()
    await status(page, 'The account has been enabled')
    await page.reload()
    await more(page)
    expect(await page.getByRole('button', { name: 'Disable account…' }).count()).to.equal(1)
  })

  it('offers no edit of the own account, and to helpdesk none that it may not do', async () => {
    const [admin, helpdesk] = [await fixture.person('admin'), await fixture.person('helpdesk')]
    const [first, two] = [await fixture.device(), await fixture.device()]
    await enters(first, admin)
    await opens(first, 'Ada Admin')
    expect(await first.getByRole('link', { name: 'Edit' }).count()).to.equal(0)
    await first.goto(`${first.url().split('?')[0]}/edit`)
    await sees(first, 'Not changed', 409)
    await enters(two, helpdesk)
    await opens(two, 'Ana Silva', 'user01')
    await more(two)
    expect(await two.getByRole('button', { name: 'Disable account…' }).count()).to.equal(0)
    await follow(two, 'Edit')
    // Name and groups.
    expect(await two.getByRole('textbox').count()).to.equal(2)
    expect(await two.getByRole('checkbox').count()).to.equal(0)
  })

  it('shows people without a role nothing, and anonymous visitors the sign-in', async () => {
    const user = await fixture.person('user05')
    const page = await fixture.device()
    await page.goto(`${fixture.server.issuer}/admin/users`)
    await user.signsIn(page)
    await sees(page, 'You may not do this', 403)
    await page.getByText('This part is for administrators and the helpdesk').waitFor()
    await page.getByRole('link', { name: /^Back to / }).click()
    await sees(page, 'Your security')
  })

  it('leads back from an address that does not exist', async () => {
    const page = await fixture.device()
    await enters(page, await fixture.person('admin'))
    await page.goto(`${fixture.server.issuer}/admin/nowhere`)
    await sees(page, 'Page not found', 404)
    await follow(page, 'Back to Console')
    await sees(page, 'Users')
  })

  it('ends with the session: signed out, or reset by another administrator', async () => {
    const helpdesk = await fixture.person('helpdesk')
    const page = await fixture.device()
    await enters(page, helpdesk)
    await (await fixture.services()).reset(helpdesk)
    await page.reload()
    await sees(page, 'Sign in')
    const other = await fixture.device()
    await enters(other, await fixture.person('admin'))
    await opens(other, 'Henry Helpdesk')
    await other.getByText('What it ended').click()
    await other.getByText('Console: signed out').waitFor()
  })
})
