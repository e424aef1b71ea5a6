/** A deletion whose effects fail or whose process ends: it is complete or undone, and the id is refused from its swap on. */
import { expect } from 'chai'
import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailable } from '../../src/index.ts'
import { storedAudit } from '../../src/accounts/audit.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import { eventually, type FaultFixture, openFaultFixture } from '../support/faultFixture.ts'
import { type Host, startHost } from '../support/host.ts'
import { LEASE_OVER } from './outage.ts'

describe('A deletion in a host', () => {
  let now = 1_800_000_000
  const clock = { now: () => now }
  let host: Host
  let failing = true
  const removed: string[] = []
  const store = memoryStore({ clock })
  const log = storedAudit(store.journal('audit'), clock)
  before(async () => {
    const remove = async (id: string): Promise<void> => {
      if (failing) throw new Error('the directory is away')
      removed.push(id)
      host.people.delete(id)
    }
    host = await startHost({ store, directory: { remove }, options: { clock, onError: () => undefined } })
  })
  after(() => host.close())

  it('whose directory fails is refused as unfinished; the id is dead already, and a repetition completes it', async () => {
    await host.rekey.adopt([{ id: 'ana', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }])
    const error: unknown = await host.rekey.forget('ana').catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(StoreUnavailable)
    expect([host.people.has('ana'), await host.rekey.state('ana')]).to.deep.equal([true, null])
    const refused = await host.rekey.reset({ accountId: 'ana', by: null })
    expect(refused).to.deep.equal({ is: 'refused', refusal: { is: 'account-deleted' } })
    failing = false
    await host.rekey.forget('ana')
    await host.rekey.idle()
    expect([removed.includes('ana'), host.people.has('ana')]).to.deep.equal([true, false])
    const { events } = await log.list({ user: 'ana', type: 'account.deleted', limit: 10 })
    expect(events).to.have.length(1)
  })

  it('redacts lines that requests under way wrote afterwards', async () => {
    const late = {
      id: 'late',
      at: now,
      type: 'sign_in.refused',
      actor: 'ana',
      target: 'ana',
      outcome: 'refused',
    } as const
    await log.append({ ...late, reason: null, requestId: null, address: '192.0.2.0/24' })
    now += 601
    await host.rekey.forget('ana')
    await host.rekey.idle()
    const { events } = await log.list({ actor: 'ana', limit: 10 })
    expect(events.map(({ id, address }) => [id, address])).to.deep.equal([['late', null]])
  })
})

for (const store of ['sqlite', 'redis'] as const)
  describe(`A deletion on ${store}, in a server that is killed`, function () {
    this.timeout(120_000)
    let underTest: FaultFixture
    before(async () => void (underTest = await openFaultFixture({ store })))
    after(() => underTest.close())

    const remove = ({ call, person }: Acting, { id }: Person, code: string) =>
      call('DELETE', `/users/${id}`, { code }, { 'idempotency-key': `${person.id} ${id}`.replaceAll(' ', '-') })

    it('is complete, or undone and completed by its retry; no line is written twice', async () => {
      const targets = await Promise.all(Array.from({ length: 4 }, () => underTest.person()))
      const entered = await Promise.all(targets.map((target) => underTest.enter(target)))
      const admins = await Promise.all(targets.map(() => underTest.admin()))
      const codes = await Promise.all(admins.map(({ person }) => person.code()))
      const tries = admins.map((admin, n) => remove(admin, targets[n]!, codes[n]!).catch(() => null))
      await pause(randomInt(60))
      await underTest.server.kill()
      const answers = await Promise.all(tries)
      await underTest.server.restart()
      for (const [n, target] of targets.entries()) {
        if (answers[n]) expect(answers[n].status, answers[n].text).to.equal(204)
        const again = await remove(admins[n]!, target, codes[n]!)
        expect(again.status, again.text).to.equal(204)
        expect(await underTest.silently(entered[n]!.visitor)).to.equal('login_required')
        expect(await underTest.host.directory.find(target.id)).to.equal(null)
      }
      await underTest.advance(LEASE_OVER)
      await eventually(async () => {
        for (const { id } of targets) {
          for (const kind of ['Session', 'Grant'])
            expect(await underTest.host.store.artefacts.countOfAccount(kind, id), kind).to.equal(0)
          const lines = await admins[0]!.call('GET', `/audit-events?user=${id}&type=account.deleted`)
          expect(lines.body.items).to.have.length(1)
        }
      })
    })
  })
