import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { Secret, TOTP } from 'otpauth'
import { readImported } from '../../src/crypto/importedSecret.ts'
import { keyBytes } from '../../src/crypto/totp.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { Authenticator } from '../support/authenticator.ts'
import { setupKeyIn } from '../support/client.ts'
import type { Person } from '../support/people.ts'

interface Made {
  readonly bytes?: number
  readonly algorithm?: string
  readonly digits?: number
  readonly period?: number
  /** How the application wrote it. Default: the URI. */
  readonly written?: (base32: string) => string
  /** A next sign-in replaces it. */
  readonly isWeak: boolean
}

const spaced = (base32: string): string => base32.toLowerCase().replaceAll(/(.{4})/g, '$1 ')
const padded = (base32: string): string => base32.padEnd(Math.ceil(base32.length / 8) * 8, '=')

const elsewhere: Readonly<Record<string, Made>> = {
  'of 10 bytes': { bytes: 10, isWeak: true },
  'of 15 bytes, in lower case with spaces': { bytes: 15, written: spaced, isWeak: true },
  'of 16 bytes, with padding': { bytes: 16, written: padded, isWeak: false },
  'of 18 bytes, with a tail of other bits': { bytes: 18, written: (text) => `${text}7`, isWeak: false },
  'of 20 bytes': { isWeak: false },
  'of 128 bytes': { bytes: 128, isWeak: false },
  'of SHA-256': { bytes: 32, algorithm: 'SHA256', isWeak: true },
  'of SHA-512 with eight digits': { bytes: 64, algorithm: 'SHA512', digits: 8, isWeak: true },
  'of eight digits': { digits: 8, isWeak: true },
  'of 60 seconds': { period: 60, isWeak: true },
}

describe('An authenticator set up elsewhere', () => {
  let host: ApiHost
  let count = 0
  before(async () => void (host = await openApiHost()))
  after(() => host.close())

  async function person({ bytes = 20, algorithm = 'SHA1', digits = 6, period = 30, written }: Made) {
    const key = new Secret({ buffer: new Uint8Array(randomBytes(bytes)).buffer })
    const app = new TOTP({ secret: key, algorithm, digits, period, label: 'x' })
    const id = `made-${(count += 1)}`
    const text = written ? written(key.base32) : app.toString()
    const report = await host.host.rekey.adopt([{ id, secret: text }], { allowShortSecrets: true })
    expect(report).to.deep.include({ adopted: 1, refused: [] })
    const email = `${id}@example.com`
    const { passwordHash, password } = host
    const secondFactorSince = host.host.clock.now()
    await host.host.directory.create({ id, email, name: 'Ana', passwordHash, secondFactorSince })
    let used = 0
    const old = new Authenticator('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP')
    const ana: Person = {
      id,
      email,
      password,
      authenticator: old,
      codes: [],
      // Each step once, and the next one is accepted too.
      code: async () =>
        ana.authenticator === old
          ? app.generate({ timestamp: (host.server.now() + period * used++) * 1000 })
          : ana.authenticator.at(host.server.now()),
    }
    return { ana, app }
  }

  for (const [what, made] of Object.entries(elsewhere))
    it(`${what} opens the sign-in as it is${made.isWeak ? ', and the next one replaces it' : ''}`, async () => {
      const { ana } = await person(made)
      await host.enter(ana)
      const before = ana.authenticator
      await host.enter(ana)
      expect(ana.authenticator !== before).to.equal(made.isWeak)
      if (made.isWeak) expect(keyBytes(ana.authenticator.secret)).to.equal(20)
      const types = (await host.host.store.journal('audit').list({ tags: [`user:${ana.id}`], limit: 50 })).map(
        ({ text }) => (JSON.parse(text) as { type: string }).type,
      )
      expect(types.includes('two_factor.replaced')).to.equal(made.isWeak)
    })

  it('is not replaced in a silent request, nor in the sign-in that shows its first backup codes', async () => {
    const { ana } = await person({ bytes: 10, isWeak: true })
    const { visitor } = await host.enter(ana)
    const silent = await host.begin(host.ask('app', { prompt: 'none' }), visitor)
    expect(host.answerAt(silent)?.get('code')).to.be.a('string')
    expect(setupKeyIn(silent.text)).to.deep.equal([])
  })

  it('decides how many digits are a code: eight are malformed for an account that shows six', async () => {
    const { ana } = await person({ isWeak: false })
    const page = await host.challenge(ana)
    const refused = await page.visitor.submit(page, { code: '12345678' })
    expect([refused.status, refused.alert]).to.deep.equal([422, 'The code must be 6 digits.'])
    const { ana: eight } = await person({ digits: 8, isWeak: true })
    const other = await host.challenge(eight)
    for (const code of ['123456', '12345678']) {
      const wrong = await other.visitor.submit(other, { code })
      expect(wrong.status).to.equal(422)
      expect(wrong.alert).to.match(/^That code is wrong or was already used\./)
    }
    expect((await other.visitor.submit(other, { code: '1234567' })).alert).to.equal('The code must be 6 digits.')
  })

  it('is accepted once, whatever its period', async () => {
    const { ana, app } = await person({ period: 60, isWeak: true })
    const code = app.generate({ timestamp: host.server.now() * 1000 })
    const pages = [await host.challenge(ana), await host.challenge(ana)]
    const answers = await Promise.all(pages.map((page) => page.visitor.submit(page, { code })))
    expect(answers.filter(({ status }) => status === 422)).to.have.length(1)
  })

  const refused: Readonly<Record<string, string>> = {
    'algorithm=MD5': 'not-sha1',
    'digits=7': 'not-6-digits',
    'digits=5': 'not-6-digits',
    'period=10': 'not-30-seconds',
    'period=300': 'not-30-seconds',
    'period=x': 'not-30-seconds',
  }
  for (const [query, why] of Object.entries(refused))
    it(`is refused with ${query}`, () =>
      expect(readImported(`otpauth://totp/b?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&${query}`)).to.deep.equal({
        is: 'refused',
        why,
      }))
})
