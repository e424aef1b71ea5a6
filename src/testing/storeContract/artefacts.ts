import { equal, notEqual } from 'node:assert/strict'
import type { Runner } from '../runner.ts'
import { atOnce, awkward, inTurns, count, refusal, same, stage, start, type OpenStore } from './fixture.ts'

export function artefacts(runner: Runner, open: OpenStore): void {
  runner.describe('artefacts', () => {
    const at = stage(runner, open)
    const { it } = at

    it('has nothing under an id never written', async () => {
      equal(await at.artefacts.get('Session', 's'), null)
    })

    it('returns an artefact as it was put, not taken', async () => {
      await at.artefacts.put('Session', 's', '{"a":1}')
      same(await at.artefacts.get('Session', 's'), { text: '{"a":1}', takenAt: null })
    })

    it('replaces the text', async () => {
      await at.artefacts.put('Session', 's', 'one')
      await at.artefacts.put('Session', 's', 'two')
      same(await at.artefacts.get('Session', 's'), { text: 'two', takenAt: null })
    })

    it('keeps kinds apart', async () => {
      await at.artefacts.put('Session', 'x', 'a session')
      await at.artefacts.put('Grant', 'x', 'a grant')
      await at.artefacts.delete('Session', 'x')
      equal(await at.artefacts.get('Session', 'x'), null)
      equal((await at.artefacts.get('Grant', 'x'))!.text, 'a grant')
    })

    it('accepts every string as an id, and returns every text unchanged', async () => {
      for (const id of awkward) await at.artefacts.put('Session', id, `text of ${id}`)
      for (const id of awkward) {
        equal((await at.artefacts.get('Session', id))!.text, `text of ${id}`, JSON.stringify(id))
      }
    })

    it('is absent at its deadline and after, present a second before', async () => {
      await at.artefacts.put('Session', 's', 'one', { expiresAt: start + 10 })
      at.after(9)
      notEqual(await at.artefacts.get('Session', 's'), null)
      at.after(10)
      equal(await at.artefacts.get('Session', 's'), null)
      at.after(11)
      equal(await at.artefacts.get('Session', 's'), null)
    })

    runner.describe('replace', () => {
      it('changes the text and keeps deadline, indexes and takenAt', async () => {
        await at.artefacts.put('Session', 's', 'one', { expiresAt: start + 10, indexes: { uid: 'u', accountId: 'a' } })
        await at.artefacts.take('Session', 's')
        equal(await at.artefacts.replace('Session', 's', 'two'), true)
        same(await at.artefacts.find('Session', 'uid', 'u'), { id: 's', text: 'two', takenAt: start })
        equal(await at.artefacts.countOfAccount('Session', 'a'), 1)
        at.after(10)
        equal(await at.artefacts.get('Session', 's'), null)
      })

      it('changes the deadline if given, to a later or an earlier one', async () => {
        await at.artefacts.put('Interaction', 'i', 'one', { expiresAt: start + 10 })
        equal(await at.artefacts.replace('Interaction', 'i', 'two', start + 5000), true)
        at.after(4999)
        same(await at.artefacts.get('Interaction', 'i'), { text: 'two', takenAt: null })
        at.after(5000)
        equal(await at.artefacts.get('Interaction', 'i'), null)
        await at.artefacts.put('Interaction', 'j', 'one')
        equal(await at.artefacts.replace('Interaction', 'j', 'two', start + 5001), true)
        at.after(5001)
        equal(await at.artefacts.get('Interaction', 'j'), null)
      })

      it('is false and creates nothing when the artefact is absent, deleted, expired, or of another kind', async () => {
        await at.artefacts.put('Session', 'deleted', 'one')
        await at.artefacts.delete('Session', 'deleted')
        await at.artefacts.put('Session', 'expired', 'one', { expiresAt: start + 1 })
        await at.artefacts.put('Grant', 'other', 'one')
        at.after(1)
        for (const id of ['absent', 'deleted', 'expired', 'other'])
          equal(await at.artefacts.replace('Session', id, 'two'), false, id)
        for (const id of ['absent', 'deleted', 'expired', 'other'])
          equal(await at.artefacts.get('Session', id), null, id)
        equal((await at.artefacts.get('Grant', 'other'))!.text, 'one')
      })
    })

    it('never expires without a deadline', async () => {
      await at.artefacts.put('Client', 'c', 'one')
      at.after(100 * 365 * 86_400)
      notEqual(await at.artefacts.get('Client', 'c'), null)
    })

    it('is absent at once when its deadline is past', async () => {
      await at.artefacts.put('Session', 's', 'one', { expiresAt: start - 1 })
      equal(await at.artefacts.get('Session', 's'), null)
    })

    it('gets the deadline of the last put: later, sooner, none', async () => {
      await at.artefacts.put('Session', 'later', '', { expiresAt: start + 5 })
      await at.artefacts.put('Session', 'later', '', { expiresAt: start + 50 })
      await at.artefacts.put('Session', 'sooner', '', { expiresAt: start + 50 })
      await at.artefacts.put('Session', 'sooner', '', { expiresAt: start + 5 })
      await at.artefacts.put('Session', 'none', '', { expiresAt: start + 5 })
      await at.artefacts.put('Session', 'none', '')
      at.after(20)
      notEqual(await at.artefacts.get('Session', 'later'), null)
      equal(await at.artefacts.get('Session', 'sooner'), null)
      at.after(100)
      notEqual(await at.artefacts.get('Session', 'none'), null)
    })

    it('refuses NaN as a deadline instead of keeping a token for ever', async () => {
      const error = await refusal(at.artefacts.put('AccessToken', 't', 'one', { expiresAt: NaN }))
      notEqual(error.name, 'StoreUnavailable')
      equal(await at.artefacts.get('AccessToken', 't'), null)
    })

    runner.describe('add', () => {
      it('creates an absent artefact and refuses an existing one', async () => {
        equal(await at.artefacts.add('ReplayDetection', 'jti', 'one'), true)
        equal(await at.artefacts.add('ReplayDetection', 'jti', 'two'), false)
        equal((await at.artefacts.get('ReplayDetection', 'jti'))!.text, 'one')
      })

      it('is true for one of twenty concurrent calls', async () => {
        const answers = await atOnce(20, (n) => at.artefacts.add('ReplayDetection', 'jti', `by ${n}`))
        equal(count(answers, true), 1)
        equal((await at.artefacts.get('ReplayDetection', 'jti'))!.text, `by ${answers.indexOf(true)}`)
      })

      it('creates a new artefact where one has expired', async () => {
        await at.artefacts.add('ReplayDetection', 'jti', 'one', { expiresAt: start + 5 })
        await at.artefacts.take('ReplayDetection', 'jti')
        at.after(5)
        equal(await at.artefacts.add('ReplayDetection', 'jti', 'two', { expiresAt: start + 9 }), true)
        same(await at.artefacts.get('ReplayDetection', 'jti'), { text: 'two', takenAt: null })
        at.after(9)
        equal(await at.artefacts.get('ReplayDetection', 'jti'), null)
      })

      it('refuses when the existing artefact was taken but has not expired', async () => {
        await at.artefacts.put('ReplayDetection', 'jti', 'one')
        await at.artefacts.take('ReplayDetection', 'jti')
        equal(await at.artefacts.add('ReplayDetection', 'jti', 'two'), false)
      })

      it('takes no index from another artefact when it is refused', async () => {
        await at.artefacts.put('Session', 'holder', 'one', { indexes: { uid: 'u' } })
        await at.artefacts.put('Session', 'other', 'two')
        equal(await at.artefacts.add('Session', 'other', 'three', { indexes: { uid: 'u' } }), false)
        equal((await at.artefacts.find('Session', 'uid', 'u'))!.id, 'holder')
      })
    })

    runner.describe('take', () => {
      it('stores the time, once', async () => {
        await at.artefacts.put('AuthorizationCode', 'c', 'one')
        at.after(7)
        equal(await at.artefacts.take('AuthorizationCode', 'c'), true)
        at.after(8)
        equal(await at.artefacts.take('AuthorizationCode', 'c'), false)
        same(await at.artefacts.get('AuthorizationCode', 'c'), { text: 'one', takenAt: start + 7 })
      })

      it('is true for one of twenty concurrent calls', async () => {
        await at.artefacts.put('AuthorizationCode', 'c', 'one')
        equal(count(await atOnce(20, () => at.artefacts.take('AuthorizationCode', 'c')), true), 1)
      })

      it('is false when the artefact is absent, expired, or of another kind', async () => {
        await at.artefacts.put('AuthorizationCode', 'c', 'one', { expiresAt: start + 5 })
        equal(await at.artefacts.take('AuthorizationCode', 'other'), false)
        equal(await at.artefacts.take('RefreshToken', 'c'), false)
        at.after(5)
        equal(await at.artefacts.take('AuthorizationCode', 'c'), false)
      })

      it('creates nothing when the artefact is absent', async () => {
        await at.artefacts.take('AuthorizationCode', 'ghost')
        equal(await at.artefacts.get('AuthorizationCode', 'ghost'), null)
        equal(await at.artefacts.add('AuthorizationCode', 'ghost', 'one'), true)
      })

      it('is kept by a put: a taken artefact stays taken', async () => {
        await at.artefacts.put('RefreshToken', 't', 'one', { indexes: { grantId: 'g' } })
        await at.artefacts.take('RefreshToken', 't')
        at.after(5)
        await at.artefacts.put('RefreshToken', 't', 'two', { indexes: { grantId: 'g' } })
        await at.artefacts.put('RefreshToken', 't', 'three', { indexes: { grantId: 'h', accountId: 'a' } })
        same(await at.artefacts.get('RefreshToken', 't'), { text: 'three', takenAt: start })
        equal(await at.artefacts.take('RefreshToken', 't'), false)
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
          equal(await at.artefacts.take('RefreshToken', id), true, id)
        }
      })
    })

    it('keeps unexpired artefacts in tidy', async () => {
      await inTurns(1200, (n) => at.artefacts.put('Session', `s${n}`, '', { expiresAt: start + (n % 2 ? 5 : 50) }))
      await at.artefacts.put('Client', 'c', '')
      at.after(5)
      await at.artefacts.tidy()
      notEqual(await at.artefacts.get('Session', 's0'), null)
      equal(await at.artefacts.get('Session', 's1'), null)
      notEqual(await at.artefacts.get('Client', 'c'), null)
    })
  })
}
