/** Backup codes: shown until they are saved, valid once each. */
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { says, field, follow, press, sees } from '../support/browser.ts'
import { claimsAtSample, codesOn, type Person } from '../support/person.ts'
import { setStage } from '../support/journeyFixture.ts'

describe('backup codes', () => {
  const fixture = setStage()

  async function withBackupCode(page: Page, person: Person, code: string): Promise<void> {
    await page.goto(`${fixture.server.sample}/sign-in`)
    await person.entersPassword(page)
    await sees(page, 'Enter your code')
    await follow(page, 'Use a backup code')
    await sees(page, 'Use a backup code')
    await field(page, 'Backup code').fill(code)
    await press(page, 'Continue')
  }

  async function shows(page: Page, codes: readonly string[]): Promise<boolean> {
    const text = await page.getByRole('main').innerText()
    return codes.some((code) => text.includes(code))
  }

  async function firstSignIn(person: Person): Promise<Page> {
    const page = await fixture.device()
    await page.goto(`${fixture.server.sample}/sign-in`)
    await person.entersPassword(page)
    return page
  }

  it('are accepted once each in any spelling, and the ID token has their amr', async () => {
    const ana = await fixture.person('user01')
    const [first = '', second = ''] = ana.codes
    const page = await fixture.device()
    await withBackupCode(page, ana, first)
    await sees(page, 'Sample application')
    expect(await claimsAtSample(page)).to.include({
      acr: 'urn:oidc-rekey:acr:2fa',
      amr: '["pwd","mfa","bkp"]',
    })
    const other = await fixture.device()
    await withBackupCode(other, ana, first)
    await says(other, 'That backup code is wrong or was already used. Try another one.')
    await sees(other, 'Use a backup code', 422)
    await field(other, 'Backup code').fill(` ${second.toLowerCase().replaceAll('-', ' ')} `)
    await press(other, 'Continue')
    await sees(other, 'Sample application')
  })

  it('that were never confirmed as saved are replaced at the next sign-in, before the application is reached', async () => {
    const farid = fixture.newcomer('user06')
    const left = await firstSignIn(farid)
    await farid.confirms(left)
    const lost = farid.codes
    expect(new Set(lost)).to.have.length(10)
    await left.goto('about:blank')

    const page = await fixture.device()
    await page.goto(`${fixture.server.sample}/sign-in`)
    await farid.signsIn(page)
    await sees(page, 'Save your backup codes')
    await page.getByText('Backup codes you had before no longer work.').waitFor()
    const fresh = await codesOn(page)
    expect(new Set([...lost, ...fresh])).to.have.length(20)
    await page.reload()
    expect(await codesOn(page), 'reloading makes no third set').to.deep.equal(fresh)
    await farid.savesCodes(page)
    await follow(page, 'Continue to Sample application')
    await sees(page, 'Sample application')

    const other = await fixture.device()
    await withBackupCode(other, farid, lost[0]!)
    await says(other, 'wrong or was already used')
    await field(other, 'Backup code').fill(fresh[0]!)
    await press(other, 'Continue')
    await sees(other, 'Sample application')
  })

  it('can be downloaded as plain text with one code per line, which ticks the box', async () => {
    const greta = fixture.newcomer('user07')
    const page = await firstSignIn(greta)
    await greta.confirms(page)
    const box = page.getByRole('checkbox', { name: 'I have saved these codes', exact: true })
    expect(await box.isChecked()).to.equal(false)
    const [download] = await Promise.all([page.waitForEvent('download'), follow(page, 'Download')])
    expect(download.suggestedFilename()).to.match(/^oidc-rekey-backup-codes-\d{4}-\d\d-\d\d\.txt$/)
    expect((await readFile(await download.path(), 'utf8')).split('\n')).to.deep.equal([...greta.codes, ''])
    expect(await box.isChecked()).to.equal(true)
    const file = await page.request.get(download.url())
    expect(file.headers()).to.include({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    await press(page, 'Continue')
    await sees(page, 'You are all set')
    await page.goBack()
    await sees(page, 'You are all set')
    expect(await shows(page, greta.codes), 'Back').to.equal(false)
  })

  it('must be confirmed as saved, and are never shown afterwards', async () => {
    const hiro = fixture.newcomer('user08')
    const page = await firstSignIn(hiro)
    await hiro.confirms(page)
    const address = page.url()
    await press(page, 'Continue')
    await sees(page, 'Save your backup codes', 422)
    await says(page, 'Save your codes, then tick “I have saved these codes”.')
    expect(await codesOn(page)).to.deep.equal(hiro.codes)
    await hiro.savesCodes(page)

    await page.goto(address)
    await sees(page, 'You are all set')
    expect(await shows(page, hiro.codes), 'the address of before').to.equal(false)
    const file = await page.request.get(`${address}.txt`)
    const text = await file.text()
    expect(hiro.codes.filter((code) => text.includes(code))).to.deep.equal([])
    await sees(page, 'You are all set')
    await follow(page, 'Continue to Sample application')
    await sees(page, 'Sample application')
  })
})
