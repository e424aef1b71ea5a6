/** The QR code of a set-up can be read by a phone for every issuer and every address, and never fails. */
import { expect } from 'chai'
import type { Browser } from 'playwright-core'
import { otpauthUri } from '../../src/crypto/totp.ts'
import { qrSvg } from '../../src/http/pages/qr.ts'
import { createRekey } from '../../src/index.ts'
import { file } from '../../src/server/configuration/schema.ts'
import { memoryDirectory } from '../../src/testing/memoryDirectory.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { launchChromium } from '../support/chromium.ts'
import { readQr } from '../support/authenticator.ts'

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
/** Size of version 14 with its quiet zone. Modules. */
const COARSEST = 73 + 8

const issuers: Readonly<Record<string, string>> = {
  short: 'Acme ID',
  '64 letters': 'A'.repeat(64),
  '21 Chinese characters, 63 bytes': '認'.repeat(21),
  '64 Chinese characters, which no configuration allows': '認'.repeat(64),
  'sixteen emoji': '🔐'.repeat(16),
}
const accounts: Readonly<Record<string, string>> = {
  short: 'ana@example.com',
  '254 letters': `${'a'.repeat(64)}@${'b.'.repeat(91)}example`,
  '64 bytes of umlauts': `${'ü'.repeat(32)}@müller.example`,
  'Chinese characters': `${'認'.repeat(21)}@${'認'.repeat(40)}.example`,
  'with a colon': `Eve:${'x'.repeat(250)}@example.com`,
}

describe('A QR code', function () {
  this.timeout(60_000)
  let browser: Browser
  before(async () => void (browser = await launchChromium()))
  after(() => browser.close())

  for (const [which, issuer] of Object.entries(issuers))
    it(`for an issuer of ${which} is read, whatever the address`, async () => {
      const page = await browser.newPage({ viewport: { width: 320, height: 400 } })
      for (const [what, account] of Object.entries(accounts)) {
        const uri = otpauthUri({ issuer, account, secret })
        const svg = await qrSvg(uri, 'QR code')
        expect(Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]), what).to.be.at.most(COARSEST)
        await page.setContent(svg)
        const read = readQr(await page.locator('svg').screenshot())
        expect(read, what).to.equal(uri)
        const { pathname, searchParams } = new URL(read)
        expect(searchParams.get('secret'), what).to.equal(secret)
        // The label begins with the issuer, or has nothing that an app could read as one.
        const prefix = pathname.split(':').length === 2 ? pathname.split(/[/:]/).at(-2) : undefined
        if (prefix === undefined) expect(pathname, what).to.not.contain('%3A')
        else expect(decodeURIComponent(prefix), what).to.equal(searchParams.get('issuer'))
      }
      await page.close()
    })

  it('has a name of the issuer that is judged in bytes at the start', async () => {
    const issuerName = '認'.repeat(22)
    const given = { issuer: 'http://localhost:9', store: memoryStore(), directory: memoryDirectory(), mail: { send } }
    const refused = await createRekey({ ...given, keys: `k1:${'A'.repeat(43)}`, issuerName }).catch(String)
    expect(refused).to.contain('issuerName: at most 64 bytes of UTF-8')
    const judged = file.shape.two_factor.safeParse({ issuer_name: issuerName })
    expect(judged.error?.issues.map(({ message }) => message)).to.deep.equal(['is longer than 64 bytes of UTF-8'])
    expect(file.shape.two_factor.safeParse({ issuer_name: '認'.repeat(21) }).success).to.equal(true)
  })

  const send = async (): Promise<void> => undefined
})
