import { expect } from 'chai'
import type { Open } from '../contract.ts'
import { atOnce, awkward, count, inTurns, refusal, stage, start } from './fixture.ts'

export function artefacts(open: Open): void {
  describe('artefacts', () => {
    const at = stage(open)

    it('has nothing under an id never written', async () => {
      expect(await at.artefacts.get('Session', 's')).to.equal(null)
    })

    it('returns an artefact as it was put, not taken', async () => {
      await at.artefacts.put('Session', 's', '{"a":1}')
      expect(await at.artefacts.get('Session', 's')).to.deep.equal({ text: '{"a":1}', takenAt: null })
    })

    it('replaces the text', async () => {
      await at.artefacts.put('Session', 's', 'one')
      await at.artefacts.put('Session', 's', 'two')
      expect(await at.artefacts.get('Session', 's')).to.deep.equal({ text: 'two', takenAt: null })
    })

    it('keeps kinds apart', async () => {
      await at.artefacts.put('Session', 'x', 'a session')
      await at.artefacts.put('Grant', 'x', 'a grant')
      await at.artefacts.delete('Session', 'x')
      expect(await at.artefacts.get('Session', 'x')).to.equal(null)
      expect((await at.artefacts.get('Grant', 'x'))!.text).to.equal('a grant')
    })

    it('accepts every string as an id, and returns every text unchanged', async () => {
      for (const id of awkward) await at.artefacts.put('Session', id, `text of ${id}`)
      for (const id of awkward) {
        expect((await at.artefacts.get('Session', id))!.text, JSON.stringify(id)).to.equal(`text of ${id}`)
      }
    })

    it('is absent at its deadline and after, present a second before', async () => {
      await at.artefacts.put('Session', 's', 'one', { expiresAt: start + 10 })
      at.after(9)
      expect(await at.artefacts.get('Session', 's')).not.to.equal(null)
      at.after(10)
      expect(await at.artefacts.get('Session', 's')).to.equal(null)
      at.after(11)
      expect(await at.artefacts.get('Session', 's')).to.equal(null)
    })

    describe('replace', () => {
      it('changes the text and keeps deadline, indexes and takenAt', async () => {
        await at.artefacts.put('Session', 's', 'one', { expiresAt: start + 10, indexes: { uid: 'u', accountId: 'a' } })
        await at.artefacts.take('Session', 's')
        expect(await at.artefacts.replace('Session', 's', 'two')).to.equal(true)
        expect(await at.artefacts.find('Session', 'uid', 'u')).to.deep.equal({ id: 's', text: 'two', takenAt: start })
        expect(await at.artefacts.countOfAccount('Session', 'a')).to.equal(1)
        at.after(10)
        expect(await at.artefacts.get('Session', 's')).to.equal(null)
      })

      it('changes the deadline if given, to a later or an earlier one', async () => {
        await at.artefacts.put('Interaction', 'i', 'one', { expiresAt: start + 10 })
        expect(await at.artefacts.replace('Interaction', 'i', 'two', start + 5000)).to.equal(true)
        at.after(4999)
        expect(await at.artefacts.get('Interaction', 'i')).to.deep.equal({ text: 'two', takenAt: null })
        at.after(5000)
        expect(await at.artefacts.get('Interaction', 'i')).to.equal(null)
        await at.artefacts.put('Interaction', 'j', 'one')
        expect(await at.artefacts.replace('Interaction', 'j', 'two', start + 5001)).to.equal(true)
        at.after(5001)
        expect(await at.artefacts.get('Interaction', 'j')).to.equal(null)
      })

      it('is false and creates nothing when the artefact is absent, deleted, expired, or of another kind', async () => {
        await at.artefacts.put('Session', 'deleted', 'one')
        await at.artefacts.delete('Session', 'deleted')
        await at.artefacts.put('Session', 'expired', 'one', { expiresAt: start + 1 })
        await at.artefacts.put('Grant', 'other', 'one')
        at.after(1)
        for (const id of ['absent', 'deleted', 'expired', 'other'])
          expect(await at.artefacts.replace('Session', id, 'two'), id).to.equal(false)
        for (const id of ['absent', 'deleted', 'expired', 'other'])
          expect(await at.artefacts.get('Session', id), id).to.equal(null)
        expect((await at.artefacts.get('Grant', 'other'))!.text).to.equal('one')
      })
    })

    it('never expires without a deadline', async () => {
      await at.artefacts.put('Client', 'c', 'one')
      at.after(100 * 365 * 86_400)
      expect(await at.artefacts.get('Client', 'c')).not.to.equal(null)
    })

    it('is absent at once when its deadline is past', async () => {
      await at.artefacts.put('Session', 's', 'one', { expiresAt: start - 1 })
      expect(await at.artefacts.get('Session', 's')).to.equal(null)
    })

    it('gets the deadline of the last put: later, sooner, none', async () => {
      await at.artefacts.put('Session', 'later', '', { expiresAt: start + 5 })
      await at.artefacts.put('Session', 'later', '', { expiresAt: start + 50 })
      await at.artefacts.put('Session', 'sooner', '', { expiresAt: start + 50 })
      await at.artefacts.put('Session', 'sooner', '', { expiresAt: start + 5 })
      await at.artefacts.put('Session', 'none', '', { expiresAt: start + 5 })
      await at.artefacts.put('Session', 'none', '')
      at.after(20)
      expect(await at.artefacts.get('Session', 'later')).not.to.equal(null)
      expect(await at.artefacts.get('Session', 'sooner')).to.equal(null)
      at.after(100)
      expect(await at.artefacts.get('Session', 'none')).not.to.equal(null)
    })

    it('refuses NaN as a deadline instead of keeping a token for ever', async () => {
      const error = await refusal(at.artefacts.put('AccessToken', 't', 'one', { expiresAt: NaN }))
      expect(error.name).not.to.equal('StoreUnavailable')
      expect(await at.artefacts.get('AccessToken', 't')).to.equal(null)
    })

    describe('add', () => {
      it('creates an absent artefact and refuses an existing one', async () => {
        expect(await at.artefacts.add('ReplayDetection', 'jti', 'one')).to.equal(true)
        expect(await at.artefacts.add('ReplayDetection', 'jti', 'two')).to.equal(false)
        expect((await at.artefacts.get('ReplayDetection', 'jti'))!.text).to.equal('one')
      })

      it('is true for one of twenty concurrent calls', async () => {
        const answers = await atOnce(20, (n) => at.artefacts.add('ReplayDetection', 'jti', `by ${n}`))
        expect(count(answers, true)).to.equal(1)
        expect((await at.artefacts.get('ReplayDetection', 'jti'))!.text).to.equal(`by ${answers.indexOf(true)}`)
      })

      it('creates a new artefact where one has expired', async () => {
        await at.artefacts.add('ReplayDetection', 'jti', 'one', { expiresAt: start + 5 })
        await at.artefacts.take('ReplayDetection', 'jti')
        at.after(5)
        expect(await at.artefacts.add('ReplayDetection', 'jti', 'two', { expiresAt: start + 9 })).to.equal(true)
        expect(await at.artefacts.get('ReplayDetection', 'jti')).to.deep.equal({ text: 'two', takenAt: null })
        at.after(9)
        expect(await at.artefacts.get('ReplayDetection', 'jti')).to.equal(null)
      })

      it('refuses when the existing artefact was taken but has not expired', async () => {
        await at.artefacts.put('ReplayDetection', 'jti', 'one')
        await at.artefacts.take('ReplayDetection', 'jti')
        expect(await at.artefacts.add('ReplayDetection', 'jti', 'two')).to.equal(false)
      })

      it('takes no index from another artefact when it is refused', async () => {
        await at.artefacts.put('Session', 'holder', 'one', { indexes: { uid: 'u' } })
        await at.artefacts.put('Session', 'other', 'two')
        expect(await at.artefacts.add('Session', 'other', 'three', { indexes: { uid: 'u' } })).to.equal(false)
        expect((await at.artefacts.find('Session', 'uid', 'u'))!.id).to.equal('holder')
      })
    })

    describe('take', () => {
      it('stores the time, once', async () => {
        await at.artefacts.put('AuthorizationCode', 'c', 'one')
        at.after(7)
        expect(await at.artefacts.take('AuthorizationCode', 'c')).to.equal(true)
        at.after(8)
        expect(await at.artefacts.take('AuthorizationCode', 'c')).to.equal(false)
        expect(await at.artefacts.get('AuthorizationCode', 'c')).to.deep.equal({ text: 'one', takenAt: start + 7 })
      })

      it('is true for one of twenty concurrent calls', async () => {
        await at.artefacts.put('AuthorizationCode', 'c', 'one')
        expect(count(await atOnce(20, () => at.artefacts.take('AuthorizationCode', 'c')), true)).to.equal(1)
      })

      it('is false when the artefact is absent, expired, or of another kind', async () => {
        await at.artefacts.put('AuthorizationCode', 'c', 'one', { expiresAt: start + 5 })
        expect(await at.artefacts.take('AuthorizationCode', 'other')).to.equal(false)
        expect(await at.artefacts.take('RefreshToken', 'c')).to.equal(false)
        at.after(5)
        expect(await at.artefacts.take('AuthorizationCode', 'c')).to.equal(false)
      })

      it('creates nothing when the artefact is absent', async () => {
        await at.artefacts.take('AuthorizationCode', 'ghost')
        expect(await at.artefacts.get('AuthorizationCode', 'ghost')).to.equal(null)
        expect(await at.artefacts.add('AuthorizationCode', 'ghost', 'one')).to.equal(true)
      })

      it('is kept by a put: a taken artefact stays taken', async () => {
        await at.artefacts.put('RefreshToken', 't', 'one', { indexes: { grantId: 'g' } })
        await at.artefacts.take('RefreshToken', 't')
        at.after(5)
        await at.artefacts.put('RefreshToken', 't', 'two', { indexes: { grantId: 'g' } })
        await at.artefacts.put('RefreshToken', 't', 'three', { indexes: { grantId: 'h', accountId: 'a' } })
        expect(await at.artefacts.get('RefreshToken', 't')).to.deep.equal({ text: 'three', takenAt: start })
        expect(await at.artefacts.take('RefreshToken', 't')).to.equal(false)
      })

      it('is removed with the artefact: after a deletion or the deadline a new one is not taken', async () => {
        await at.artefacts.put('RefreshToken', 'deleted', 'one')
        await at.artefacts.put('RefreshToken', 'expired', 'one', { expiresAt: start + 5 })
        await at.artefacts.take('RefreshToken', 'deleted')
        await at.artefacts.take('RefreshToken', 'expired')
        await at.artefacts.delete('RefreshToken', 'deleted')
        at.after(5)
        for (const id of ['deleted', 'expired']) {
          await at.artefacts.put('RefreshToken', id, 'two')
          expect(await at.artefacts.take('RefreshToken', id), id).to.equal(true)
        }
      })
    })

    describe('delete', () => {
      it('removes, and is true once', async () => {
        await at.artefacts.put('Session', 's', 'one')
        expect(await at.artefacts.delete('Session', 's')).to.equal(true)
        expect(await at.artefacts.delete('Session', 's')).to.equal(false)
        expect(await at.artefacts.get('Session', 's')).to.equal(null)
      })

      it('is true for one of twenty at once', async () => {
        await at.artefacts.put('Session', 's', 'one')
        expect(count(await atOnce(20, () => at.artefacts.delete('Session', 's')), true)).to.equal(1)
      })

      it('removes a taken artefact', async () => {
        await at.artefacts.put('AuthorizationCode', 'c', 'one')
        await at.artefacts.take('AuthorizationCode', 'c')
        expect(await at.artefacts.delete('AuthorizationCode', 'c')).to.equal(true)
      })

      it('is false when the artefact is absent or expired', async () => {
        await at.artefacts.put('Session', 's', 'one', { expiresAt: start + 5 })
        at.after(5)
        expect(await at.artefacts.delete('Session', 's')).to.equal(false)
        expect(await at.artefacts.delete('Session', 'other')).to.equal(false)
      })
    })

    it('keeps unexpired artefacts in tidy', async () => {
      await inTurns(1200, (n) => at.artefacts.put('Session', `s${n}`, '', { expiresAt: start + (n % 2 ? 5 : 50) }))
      await at.artefacts.put('Client', 'c', '')
      at.after(5)
      await at.artefacts.tidy()
      expect(await at.artefacts.get('Session', 's0')).not.to.equal(null)
      expect(await at.artefacts.get('Session', 's1')).to.equal(null)
      expect(await at.artefacts.get('Client', 'c')).not.to.equal(null)
    })
  })
}
