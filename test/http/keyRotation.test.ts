/** Rotation of the encryption key while people sign in: after re-encryption the old key is not needed. */
import { expect } from 'chai'
import { MountRefused } from '../../src/errors.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { Authenticator } from '../support/authenticator.ts'
import { codesIn, createVisitor, type Page, setupKeyIn } from '../support/client.ts'
import { newPasskeyAnswers, passkeyAnswers } from '../support/passkeyPages.ts'
import { newPasskey } from '../support/softwareAuthenticator.ts'
import { clock, type Host, password, signInRequest, startHost } from '../support/host.ts'

const old = { id: '2025', key: new Uint8Array(32).fill(1) }
const fresh = { id: '2026', key: new Uint8Array(32).fill(2) }

describe('A new encryption key', () => {
  let store: Store
  let app: Authenticator
  let codes: readonly string[]
  const people = new Map<string, { secondFactorSince: number }>()

  /** Runs `work` with a host that has these keys. */
  async function during<T>(keys: readonly (typeof old)[], work: (host: Host) => Promise<T>): Promise<T> {
    const host = await startHost({ store, options: { keys } })
    const ana = host.people.get('ana')
    const known = people.get('ana')
    if (ana && known) host.people.set('ana', { ...ana, ...known })
    try {
      const result = await work(host)
      await host.rekey.idle()
      const since = host.people.get('ana')?.secondFactorSince
      if (since) people.set('ana', { secondFactorSince: since })
      return result
    } finally {
      await host.close()
    }
  }
  const challenge = async (host: Host, id = 'ana'): Promise<Page> => {
    const page = await createVisitor(host.issuer).go(signInRequest())
    return page.visitor.submit(page, { email: `${id}@example.com`, password })
  }

  before(async () => {
    store = memoryStore({ clock })
    await during([old], async (host) => {
      const setUp = await challenge(host)
      app = new Authenticator(setupKeyIn(setUp.text)[0] ?? '')
      const shown = await setUp.visitor.submit(setUp, { code: app.next(clock.now()) })
      codes = codesIn(shown.text)
      await shown.visitor.submit(shown, { saved: 'yes' })
    })
  })

  it('without re-encryption still needs the old one: without it the mount is refused', async () => {
    const refusal = await during([fresh], challenge).catch((error: unknown) => error)
    expect(refusal).to.be.instanceOf(MountRefused)
    expect((refusal as MountRefused).findings.map(({ id }) => id)).to.deep.equal(['keys'])
  })

  it('re-encrypts every record once, and then the old one can be removed', async () => {
    await during([fresh, old], async ({ rekey }) => {
      expect(await rekey.reseal('ana')).to.equal(true)
      expect(await rekey.reseal('ana')).to.equal(false)
      expect(await rekey.reseal('ben'), 'nothing is kept of them').to.equal(false)
    })
    expect((await store.records.read('ana'))?.text).to.not.contain('2025.')
    await during([fresh], async (host) => {
      const page = await challenge(host)
      const done = await page.visitor.submit(page, { code: app.next(clock.now()) })
      expect(done.h1).to.equal('Signing you in')
      const other = await challenge(host)
      const backup = await other.visitor.get(other.path.replace(/code$/, 'backup-code'))
      expect((await backup.visitor.submit(backup, { code: codes[0] ?? '' })).h1).to.equal('Signing you in')
    })
  })
  it('leaves passkeys as they work', async () => {
    const passkey = newPasskey()
    await during([fresh, old], async (host) => {
      const setUp = await challenge(host, 'ben')
      const shown = await setUp.visitor.submit(setUp, newPasskeyAnswers(setUp, host.issuer, passkey))
      await shown.visitor.submit(shown, { saved: 'yes' })
    })
    const third = { id: '2027', key: new Uint8Array(32).fill(3) }
    await during([third, fresh], async ({ rekey }) => expect(await rekey.reseal('ben')).to.equal(true))
    expect((await store.records.read('ben'))?.text).to.not.contain('2026.')
    await during([third], async (host) => {
      const page = await challenge(host, 'ben')
      const done = await page.visitor.submit(page, passkeyAnswers(page, host.issuer, passkey))
      expect(done.h1).to.equal('Signing you in')
    })
  })
})
