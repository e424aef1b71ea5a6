/** The pages of an act in the console, in a browser. */
import { expect } from 'chai'
import { languages } from '../../src/i18n/messages.ts'
import { useGallery } from './galleryBrowser.ts'

const windows = [
  { width: 320, height: 640 },
  { width: 1000, height: 700 },
]

describe('the pages of an act', () => {
  const { webSession } = useGallery()

  for (const viewport of windows)
    it(`show their buttons at ${viewport.width} × ${viewport.height} px without scrolling`, async () => {
      for (const path of [
        '/confirm-reset/suspect',
        '/confirm-reset/no-reason',
        '/confirm-delete/fresh',
        '/step-up/incorrect',
        '/step-up/change',
        '/step-up/disable?language=de',
      ])
        await webSession(path, { viewport }, async (page) => {
          const bottoms = await page
            .locator('.foot > *')
            .evaluateAll((items) => items.map((item) => item.getBoundingClientRect().bottom))
          expect(bottoms, path).to.have.length(2)
          expect(Math.max(...bottoms), path).to.be.at.most(viewport.height)
        })
    })

  it('show their buttons at 320 × 640 px in every language', async () => {
    const hidden: string[] = []
    for (const language of languages)
      for (const path of [
        '/confirm-reset/suspect',
        '/confirm-reset/no-reason',
        '/confirm-delete/fresh',
        '/step-up/disable',
      ])
        await webSession(`${path}?language=${language}`, { viewport: { width: 320, height: 640 } }, async (page) => {
          const bottoms = await page
            .locator('.foot > *')
            .evaluateAll((items) => items.map((item) => item.getBoundingClientRect().bottom))
          if (Math.max(...bottoms) > 640) hidden.push(`${path} ${language}: ${Math.max(...bottoms)}`)
        })
    expect(hidden).to.deep.equal([])
  })

  it('show the field of the code at 320 × 640 px without scrolling', async () => {
    for (const path of ['/step-up/fresh', '/step-up/fresh?language=de'])
      await webSession(path, { viewport: { width: 320, height: 640 } }, async (page) => {
        const [field, foot] = await Promise.all(
          ['#code', '.foot'].map((what) =>
            page.locator(what).evaluate((item) => item.getBoundingClientRect().toJSON()),
          ),
        )
        expect(field?.bottom, path).to.be.at.most(foot?.top)
      })
  })

  it('go with Escape where Cancel goes', async () => {
    for (const path of ['/confirm-reset/fresh', '/confirm-delete/fresh', '/step-up/fresh'])
      await webSession(path, {}, async (page) => {
        const cancel = await page.getByRole('link', { name: 'Cancel', exact: true }).getAttribute('href')
        await page.route('**/admin/**', (route) => route.fulfill({ body: 'the user', contentType: 'text/plain' }))
        await page.keyboard.press('Escape')
        await page.getByText('the user').waitFor()
        expect(new URL(page.url()).pathname + new URL(page.url()).hash).to.equal(cancel)
      })
  })

  it('say which of two steps they are, and repeat the words of the act', async () => {
    const current = (path: string) => webSession(path, {}, (page) => page.locator('[aria-current=step]').textContent())
    expect(await current('/confirm-reset/fresh')).to.equal('Confirm')
    expect(await current('/step-up/fresh')).to.equal('Your code')
    expect(await current('/step-up/passkey')).to.equal('Your passkey')
    await webSession('/step-up/fresh', {}, (page) =>
      page.getByRole('button', { name: 'Confirm: Reset 2FA', exact: true }).waitFor(),
    )
  })
})
