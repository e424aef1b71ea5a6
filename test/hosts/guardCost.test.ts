/** What the guard costs a host with an adapter of its own: reads and writes of our store besides those that everybody has. */
import { expect } from 'chai'
import { memoryStore } from '../../src/store/memory.ts'
import type { Artefacts } from '../../src/store/store.ts'
import { clock } from '../support/host.ts'
import { type AdapterFixture, openAdapterFixture } from './adapters/fixture.ts'

const READS: ReadonlySet<string> = new Set(['get', 'find', 'ofAccount', 'countOfAccount'])

describe('The guard costs', () => {
  let counts: Record<string, number>
  let fixture: AdapterFixture
  const lines: string[] = []

  const counted = (artefacts: Artefacts): Artefacts =>
    new Proxy(artefacts, {
      get(target, name, receiver) {
        const method: unknown = Reflect.get(target, name, receiver)
        if (typeof method !== 'function') return method
        return (kind: string, ...rest: unknown[]): unknown => {
          const key = `${kind} ${READS.has(String(name)) ? 'read' : 'write'}`
          counts[key] = (counts[key] ?? 0) + 1
          return (method as (...args: unknown[]) => unknown).call(target, kind, ...rest)
        }
      },
    })

  before(async () => {
    counts = {}
    const store = memoryStore({ clock })
    fixture = await openAdapterFixture('in memory', { ...store, artefacts: counted(store.artefacts) })
  })
  after(async () => {
    await fixture.close()
    for (const line of lines) console.log(`      ${line}`)
  })

  async function costOf<T>(name: string, work: () => Promise<T>): Promise<{ done: T; cost: Record<string, number> }> {
    await fixture.host.rekey.idle()
    counts = {}
    const done = await work()
    const cost = counts
    const sum = (what: string): number =>
      Object.entries(cost).reduce((total, [key, count]) => total + (key.endsWith(what) ? count : 0), 0)
    lines.push(JSON.stringify({ name, guard_reads: sum('read'), guard_writes: sum('write') }))
    return { done, cost }
  }

  it('one write for each session and grant saved, one read for each row found, one write for each code used', async () => {
    const person = await fixture.person()
    const { visitor } = await fixture.enter(person, fixture.ask('spa'))
    const request = fixture.ask('spa', { scope: 'openid offline_access', prompt: 'consent' })
    const page = await visitor.go(request.path)
    const allowed = await costOf('allow and resume', async () =>
      fixture.resume(await page.visitor.submit(page, { decision: 'allow' })),
    )
    expect(allowed.cost['Grant write']).to.equal(1)

    const silent = fixture.ask('spa', { prompt: 'none' })
    const authorized = await costOf('authorize in a session', () => visitor.get(silent.path))
    // The session is found, its grant is found, the session is saved with one read of whether it was ended meanwhile.
    expect(authorized.cost).to.deep.equal({
      'Session read': 1,
      'Grant read': 1,
      'Session write': 1,
      'EndedSession read': 1,
    })

    const code = fixture.codeAt(authorized.done)
    const redeemed = await costOf('redeem a code', () => fixture.tokens({ request: silent, code }))
    expect(redeemed.cost).to.deep.equal({ 'Taken read': 1, 'Taken write': 1, 'Session read': 1, 'Grant read': 1 })

    const { refresh_token: token } = await fixture.tokensOf(person, 'spa', visitor)
    const refreshed = await costOf('use a refresh token', () => fixture.refresh('spa', token))
    expect([refreshed.done.status, refreshed.cost]).to.deep.equal([
      200,
      { 'Taken read': 1, 'Taken write': 1, 'Session read': 1, 'Grant read': 1 },
    ])

    const used = await costOf('use an access token', () => fixture.userinfo(refreshed.done.body.access_token))
    expect([used.done.status, used.cost]).to.deep.equal([200, { 'Session read': 1, 'Grant read': 1 }])

    const anonymous = await costOf('a request of a stranger', () => fixture.visitor().get(fixture.ask().path))
    expect(anonymous.cost).to.deep.equal({})
  })
})
