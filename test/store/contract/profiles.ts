import { expect } from 'chai'
import type { ProfileKeys } from '../../../src/store/store.ts'
import type { Open } from '../contract.ts'
import { atOnce, awkward, count, stage } from './fixture.ts'

const keys = (email: string, status = 'active', words: string[] = []): ProfileKeys => ({ email, status, words })

export function profiles(open: Open): void {
  describe('profiles', () => {
    const at = stage(open)

    it('has no profile at first', async () => {
      expect(await at.profiles.read('1')).to.equal(null)
      expect(await at.profiles.findByEmail('ada@example.com')).to.equal(null)
      expect(await at.profiles.list({ limit: 10 })).to.deep.equal([])
    })

    it('reads by id and finds by email', async () => {
      expect(await at.profiles.swap('1', 'ada', 0, keys('ada@example.com'))).to.equal(true)
      expect(await at.profiles.read('1')).to.deep.equal({ text: 'ada', version: 1 })
      expect(await at.profiles.findByEmail('ada@example.com')).to.deep.equal({ id: '1', text: 'ada', version: 1 })
      expect(await at.profiles.findByEmail('ada@example')).to.equal(null)
    })

    it('swaps the expected version only, as records do', async () => {
      await at.profiles.swap('1', 'one', 0, keys('ada@example.com'))
      expect(await at.profiles.swap('1', 'two', 1, keys('ada@example.com'))).to.equal(true)
      for (const version of [0, 1, 3]) {
        expect(await at.profiles.swap('1', 'wrong', version, keys('changed@example.com', 'disabled', ['w']))).to.equal(
          false,
        )
      }
      expect(await at.profiles.swap('2', 'wrong', 1, keys('new@example.com'))).to.equal(false)
      expect(await at.profiles.read('1')).to.deep.equal({ text: 'two', version: 2 })
      expect(await at.profiles.findByEmail('changed@example.com')).to.equal(null)
      expect(await at.profiles.list({ search: 'w', limit: 10 })).to.deep.equal([])
      expect(await at.profiles.list({ statuses: ['active'], limit: 10 })).to.have.lengthOf(1)
    })

    it('accepts one of twenty concurrent swaps', async () => {
      await at.profiles.swap('1', 'first', 0, keys('ada@example.com'))
      const answers = await atOnce(20, (n) => at.profiles.swap('1', `by ${n}`, 1, keys(`ada${n}@example.com`)))
      const winner = answers.indexOf(true)
      expect(count(answers, true)).to.equal(1)
      expect(count(answers, false)).to.equal(19)
      expect(await at.profiles.read('1')).to.deep.equal({ text: `by ${winner}`, version: 2 })
      expect((await at.profiles.findByEmail(`ada${winner}@example.com`))!.id).to.equal('1')
      expect(await at.profiles.list({ limit: 100 })).to.have.lengthOf(1)
    })

    it('gives an email to one account only', async () => {
      await at.profiles.swap('1', 'ada', 0, keys('ada@example.com'))
      await at.profiles.swap('2', 'bob', 0, keys('bob@example.com'))
      expect(await at.profiles.swap('3', 'eve', 0, keys('ada@example.com'))).to.equal('taken')
      expect(await at.profiles.swap('2', 'eve', 1, keys('ada@example.com', 'disabled'))).to.equal('taken')
      expect(await at.profiles.read('3')).to.equal(null)
      expect(await at.profiles.read('2')).to.deep.equal({ text: 'bob', version: 1 })
      expect((await at.profiles.findByEmail('bob@example.com'))!.id).to.equal('2')
      expect(await at.profiles.list({ statuses: ['disabled'], limit: 10 })).to.deep.equal([])
    })

    it('gives an email to one of twenty concurrent swaps', async () => {
      const answers = await atOnce(20, (n) => at.profiles.swap(`id ${n}`, `by ${n}`, 0, keys('ada@example.com')))
      expect(count(answers, true)).to.equal(1)
      expect(count(answers, 'taken')).to.equal(19)
      expect((await at.profiles.findByEmail('ada@example.com'))!.id).to.equal(`id ${answers.indexOf(true)}`)
      expect(await at.profiles.list({ limit: 100 })).to.have.lengthOf(1)
    })

    it('frees an email that its account no longer has', async () => {
      await at.profiles.swap('1', 'ada', 0, keys('ada@example.com'))
      expect(await at.profiles.swap('1', 'ada', 1, keys('ada@new.example'))).to.equal(true)
      expect(await at.profiles.findByEmail('ada@example.com')).to.equal(null)
      expect((await at.profiles.findByEmail('ada@new.example'))!.id).to.equal('1')
      expect(await at.profiles.swap('2', 'bob', 0, keys('ada@example.com'))).to.equal(true)
    })

    it('accepts every string as an id, an email and a text', async () => {
      for (const [n, text] of awkward.entries()) {
        expect(await at.profiles.swap(`id of ${text}`, text, 0, keys(`${text}@${n}`)), text).to.equal(true)
      }
      for (const [n, text] of awkward.entries()) {
        expect(await at.profiles.findByEmail(`${text}@${n}`)).to.deep.equal({ id: `id of ${text}`, text, version: 1 })
      }
    })
  })
}
