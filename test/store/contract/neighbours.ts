import { expect } from 'chai'
import type { OpenedDatabase } from '../contract.ts'
import type { Neighbour } from '../neighbour.ts'
import { movableClock } from '../../../src/testing/clock.ts'
import { atOnce, count, type OpenStore, start } from '../../../src/testing/storeContract/fixture.ts'

/** Three processes on one store, and its data after one of them is killed. */
export function neighbours(open: OpenStore<OpenedDatabase>): void {
  describe('between processes', () => {
    let opened: OpenedDatabase
    let three: Neighbour[] = []

    before(async () => {
      opened = await open(movableClock(start))
      three = await atOnce(3, () => opened.neighbour())
    })
    after(async () => {
      await Promise.all(three.map((neighbour) => neighbour.kill()))
      await opened.close()
    })

    it('loses none of 3 × 200 increments by read and swap', async () => {
      const { records } = opened.store
      await records.swap('counter', '0', 0)
      await Promise.all(three.map((neighbour) => neighbour.increment('counter', 200)))
      expect(await records.read('counter')).to.deep.equal({
        text: '600',
        version: 601,
      })
    })

    it('reads the writes of another process at once', async () => {
      const { records, artefacts } = opened.store
      for (const [n, neighbour] of three.entries()) {
        await neighbour.call('records', 'swap', `from ${n}`, 'theirs', 0)
        expect((await records.read(`from ${n}`))!.text).to.equal('theirs')
        await artefacts.put('Session', `to ${n}`, 'ours')
        expect(await neighbour.call('artefacts', 'get', 'Session', `to ${n}`)).to.deep.equal({
          text: 'ours',
          takenAt: null,
        })
        await artefacts.delete('Session', `to ${n}`)
        expect(await neighbour.call('artefacts', 'get', 'Session', `to ${n}`)).to.equal(null)
      }
    })

    it('lets one process only take, add, delete, create and claim an email', async () => {
      const { artefacts } = opened.store
      const winners = async (method: string, ...args: unknown[]) =>
        count(await Promise.all(three.map((neighbour) => neighbour.call('artefacts', method, ...args))), true)
      for (let n = 0; n < 40; n++) {
        await artefacts.put('Code', `c${n}`, '')
        expect(await winners('take', 'Code', `c${n}`), 'take').to.equal(1)
        expect(await winners('delete', 'Code', `c${n}`), 'delete').to.equal(1)
        expect(await winners('add', 'Jti', `j${n}`, ''), 'add').to.equal(1)
        const created = await Promise.all(three.map((neighbour) => neighbour.call('records', 'swap', `r${n}`, '', 0)))
        expect(count(created, true), 'create').to.equal(1)
        const keys = { email: `${n}@example.com`, status: 'active', words: ['w'], tags: [] }
        const claimed = await Promise.all(
          three.map((neighbour, m) => neighbour.call('profiles', 'swap', `p${n}.${m}`, '', 0, keys)),
        )
        expect(count(claimed, true), 'claim').to.equal(1)
        expect(count(claimed, 'taken'), 'claim').to.equal(2)
      }
    })

    it('gives no record to two workers in different processes', async () => {
      const { records } = opened.store
      await atOnce(90, (n) => records.swap(`due ${n}`, '', 0, { wakeAt: start }))
      const named: unknown[] = []
      for (let round = 0; round < 9; round++) {
        const lists = await Promise.all(three.map((neighbour) => neighbour.call('records', 'due', start, 5, 3600)))
        named.push(...lists.flat())
      }
      expect(named).to.have.lengthOf(90)
      expect(new Set(named).size).to.equal(named.length)
    })

    it('has every acknowledged swap complete after kill -9 at a random moment', async function () {
      this.timeout(60_000)
      const { records } = opened.store
      const victims = await atOnce(6, () => opened.neighbour())
      const checks = victims.map(async (victim, n) => {
        const ids = Array.from({ length: 4 }, (_, m) => `victim ${n}.${m}`)
        const acknowledged = await victim.writeUntil(ids, 1 + Math.floor(Math.random() * 120))
        for (const id of ids) {
          const kept = await records.read(id)
          const version = kept?.version ?? 0
          expect(version, id).to.be.at.least(acknowledged.get(id) ?? 0)
          if (kept) expect(kept.text).to.equal(`${id} at ${version} `.repeat(100))
          if (await records.swap(id, 'after the crash', version)) continue
          // The one swap that was under way may be executed after its process is gone.
          expect(await records.read(id), id).to.deep.equal({
            text: `${id} at ${version + 1} `.repeat(100),
            version: version + 1,
          })
          expect(await records.swap(id, 'after the crash', version + 1), id).to.equal(true)
        }
      })
      await Promise.all(checks)
    })
  })
}
