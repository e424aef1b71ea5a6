/** Authenticators of a host's table: each row is judged, the good ones sign in, the bad ones are named. */
import { expect } from 'chai'
import type { Adopted } from '../../src/index.ts'
import { Authenticator } from '../support/authenticator.ts'
import { type OldHost, personOf, SECRET, startOldHost } from './upgradedHost.ts'
import { clock } from '../support/host.ts'

const OTHER = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const SHORT = 'GEZDGNBVGY3TQOJQ'
const row = (more: object): Adopted => ({ id: 'ben', secret: SECRET, ...more })

async function* slowly<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  for (const item of items) yield await Promise.resolve(item)
}

describe('Adopted authenticators', () => {
  let host: OldHost
  beforeEach(async () => {
    host = await startOldHost()
  })
  afterEach(() => host.close())

  it('of a bad row are named, and the others are adopted; twice is once', async () => {
    const { rekey, store } = await host.upgrade()
    const now = clock.now()
    const bad: readonly [row: object, why: string][] = [
      [{ secret: 'garbage!' }, 'not-base32'],
      [{ secret: 'JBSWY3DP' }, 'too-short'],
      [{ secret: SHORT }, 'short-secret'],
      [{ secret: SECRET.repeat(7) }, 'too-long'],
      [{ secret: 42 }, 'no-secret'],
      [{ secret: undefined }, 'no-secret'],
      [{ secret: undefined, otpauth: `otpauth://totp/x?secret=${SECRET}&digits=7` }, 'not-6-digits'],
      [{ enrolledAt: Date.now() }, 'bad-enrolled-at'],
      [{ enrolledAt: '2020-01-01' }, 'bad-enrolled-at'],
      [{ lastStep: Math.floor(now / 30) + 9 }, 'bad-last-step'],
      [{ id: '' }, 'bad-id'],
      [{ id: 7 }, 'bad-id'],
    ]
    const good: Adopted[] = [
      { id: 'ana', secret: 'jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp', enrolledAt: 1_600_000_000 },
      { id: 'auth0|64f1c0', otpauth: `otpauth://totp/x?secret=${OTHER}` },
    ]
    const rows = [...bad.map(([more]) => row(more)), ...good, null as unknown as Adopted]
    const report = await rekey.adopt(slowly(rows))
    expect(report.refused.map(({ why }) => why)).to.deep.equal([...bad.map(([, why]) => why), 'bad-id'])
    expect([report.adopted, report.unchanged, report.refused[0]!.id]).to.deep.equal([2, 0, 'ben'])
    await rekey.idle()
    expect(host.people.get('ana')!.secondFactorSince).to.equal(1_600_000_000)
    expect(await store.records.read('ben')).to.equal(null)

    const records = async () => [await store.records.read('ana'), await store.records.read('auth0|64f1c0')]
    const lines = async () => store.journal('audit').list({ tags: [], limit: 99 })
    const before = { records: await records(), lines: await lines() }
    const again = await rekey.adopt(rows, { refresh: true })
    expect([again.adopted, again.unchanged, again.refused.length]).to.deep.equal([0, 2, report.refused.length])
    expect((await records()).map((item) => item!.text)).to.deep.equal(before.records.map((item) => item!.text))
    expect(await lines()).to.deep.equal(before.lines)
    expect(before.lines).to.have.length(2)
  })

  it('may be short where the host says so, and are named', async () => {
    const { rekey } = await host.upgrade()
    const report = await rekey.adopt([row({ secret: SHORT }), { id: 'ana', secret: SECRET }], {
      allowShortSecrets: true,
    })
    expect(report).to.deep.equal({ adopted: 2, unchanged: 0, short: ['ben'], refused: [] })
  })

  it('sign in with a short secret', async () => {
    await host.upgrade({}, (rekey) => rekey.adopt([{ id: 'ana', secret: SHORT }], { allowShortSecrets: true }))
    const page = await host.enter(host.visitor())
    const next = await page.visitor.submit(page, { code: new Authenticator(SHORT).next(clock.now()) })
    expect(next.h1).to.equal('Save your backup codes')
  })

  it('that were set up again at the host are refreshed until they are used here', async () => {
    const { rekey } = await host.upgrade({}, (mounted) => mounted.adopt([{ id: 'ana', secret: OTHER }]))
    const rows = [{ id: 'ana', secret: SECRET }]
    expect((await rekey.adopt(rows)).refused).to.deep.equal([{ id: 'ana', why: 'already-enrolled' }])
    expect((await rekey.adopt(rows, { refresh: true })).adopted).to.equal(1)
    const back = await host.prove(await host.enter(host.visitor()))
    expect(back.h1).to.not.equal('Enter your code')
    expect((await rekey.adopt([{ id: 'ana', secret: OTHER }], { refresh: true })).refused).to.deep.equal([
      { id: 'ana', why: 'already-enrolled' },
    ])
  })

  it('do not undo a reset', async () => {
    const { rekey } = await host.upgrade({}, (mounted) => mounted.adopt([{ id: 'ana', secret: SECRET }]))
    await rekey.reset({ accountId: 'ana', by: null })
    const report = await rekey.adopt([{ id: 'ana', secret: SECRET }], { refresh: true })
    expect(report.refused).to.deep.equal([{ id: 'ana', why: 'reset' }])
    expect((await rekey.state('ana'))?.state).to.equal('reset')
  })

  it('may come before or after `secondFactorSince`', async () => {
    const { rekey } = await host.upgrade()
    host.people.set('ana', personOf('ana', { secondFactorSince: 1_600_000_000 }))
    const report = await rekey.adopt([
      { id: 'ana', secret: SECRET },
      { id: 'ben', secret: OTHER },
    ])
    expect(report).to.include({ adopted: 2 })
    expect((await host.enter(host.visitor())).h1).to.equal('Enter your code')
  })

  it('accept no code of a step that the host accepted', async () => {
    const now = clock.now()
    const lastStep = Math.floor(now / 30) + 1
    await host.upgrade({}, (rekey) => rekey.adopt([{ id: 'ana', secret: SECRET, lastStep }]))
    const page = await host.enter(host.visitor())
    const refused = await page.visitor.submit(page, { code: host.app.at(now) })
    expect([refused.status, refused.h1]).to.deep.equal([422, 'Enter your code'])
  })
})
