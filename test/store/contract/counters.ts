import { expect } from 'chai'
import type { Open } from '../contract.ts'
import { atOnce, stage, start } from './fixture.ts'

export function counters(open: Open): void {
  describe('counters', () => {
    const at = stage(open)

    it('are absent at first', async () => {
      expect(await at.store.counters.read('a')).to.equal(null)
      expect(await at.store.counters.delete('a')).to.equal(false)
    })

    it('start with the number that is added and keep their first expiry', async () => {
      expect(await at.store.counters.add('a', 2, 60)).to.deep.equal({ count: 2, until: start + 60 })
      at.after(20)
      expect(await at.store.counters.add('a', 3, 60)).to.deep.equal({ count: 5, until: start + 60 })
      expect(await at.store.counters.read('a')).to.deep.equal({ count: 5, until: start + 60 })
      expect(await at.store.counters.read('b')).to.equal(null)
    })

    it('are absent at their expiry and start again after it', async () => {
      await at.store.counters.add('a', 5, 60)
      at.after(59)
      expect(await at.store.counters.read('a')).to.deep.equal({ count: 5, until: start + 60 })
      at.after(60)
      expect(await at.store.counters.read('a')).to.equal(null)
      expect(await at.store.counters.delete('a')).to.equal(false)
      await at.store.counters.set('a', 9, 10)
      at.after(70)
      expect(await at.store.counters.add('a', 1, 30)).to.deep.equal({ count: 1, until: start + 100 })
    })

    it('are replaced by a set, with a new expiry', async () => {
      await at.store.counters.add('a', 5, 60)
      expect(await at.store.counters.set('a', 1, 90)).to.deep.equal({ count: 1, until: start + 90 })
      expect(await at.store.counters.read('a')).to.deep.equal({ count: 1, until: start + 90 })
    })

    it('are deleted once', async () => {
      await at.store.counters.add('a', 5, 60)
      expect(await at.store.counters.delete('a')).to.equal(true)
      expect(await at.store.counters.delete('a')).to.equal(false)
      expect(await at.store.counters.read('a')).to.equal(null)
    })

    it('count all of fifty concurrent additions', async () => {
      const counted = await atOnce(50, () => at.store.counters.add('a', 1, 60))
      expect(counted.map(({ count }) => count).toSorted((a, b) => a - b)).to.deep.equal(
        Array.from({ length: 50 }, (_, index) => index + 1),
      )
    })

    it('stay in tidy when they have not expired', async () => {
      await at.store.counters.add('gone', 1, 10)
      await at.store.counters.add('here', 1, 60)
      at.after(20)
      await at.store.counters.tidy()
      expect(await at.store.counters.read('here')).to.deep.equal({ count: 1, until: start + 60 })
    })

    it('accept every string as a name', async () => {
      await at.store.counters.add('ünï:{a}\u0000 b', 1, 60)
      expect(await at.store.counters.read('ünï:{a}\u0000 b')).to.deep.include({ count: 1 })
      expect(await at.store.counters.read('ünï:{a}')).to.equal(null)
    })
  })
}
