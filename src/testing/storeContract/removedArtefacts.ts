import { equal } from 'node:assert/strict'
import type { Runner } from '../runner.ts'
import { atOnce, count, same, stage, start, type OpenStore } from './fixture.ts'

export function removedArtefacts(runner: Runner, open: OpenStore): void {
  runner.describe('removed artefacts', () => {
    const at = stage(runner, open)
    const { it } = at

    runner.describe('delete', () => {
      it('removes, and is true once', async () => {
        await at.artefacts.put('Session', 's', 'one')
        equal(await at.artefacts.delete('Session', 's'), true)
        equal(await at.artefacts.delete('Session', 's'), false)
        equal(await at.artefacts.get('Session', 's'), null)
      })

      it('is true for one of twenty at once', async () => {
        await at.artefacts.put('Session', 's', 'one')
        equal(count(await atOnce(20, () => at.artefacts.delete('Session', 's')), true), 1)
      })

      it('removes a taken artefact', async () => {
        await at.artefacts.put('AuthorizationCode', 'c', 'one')
        await at.artefacts.take('AuthorizationCode', 'c')
        equal(await at.artefacts.delete('AuthorizationCode', 'c'), true)
      })

      it('is false when the artefact is absent or expired', async () => {
        await at.artefacts.put('Session', 's', 'one', { expiresAt: start + 5 })
        at.after(5)
        equal(await at.artefacts.delete('Session', 's'), false)
        equal(await at.artefacts.delete('Session', 'other'), false)
      })
    })

    runner.describe('pop', () => {
      it('removes, and returns what it removed once', async () => {
        await at.artefacts.put('Interaction', 'i', 'a\0b', { indexes: { accountId: 'ana' } })
        same(await at.artefacts.pop('Interaction', 'i'), { text: 'a\0b', takenAt: null })
        equal(await at.artefacts.pop('Interaction', 'i'), null)
        equal(await at.artefacts.get('Interaction', 'i'), null)
        equal(await at.artefacts.countOfAccount('Interaction', 'ana'), 0)
      })

      it('returns it to one of twenty at once', async () => {
        await at.artefacts.put('Interaction', 'i', 'one')
        const answers = await atOnce(20, () => at.artefacts.pop('Interaction', 'i'))
        same(
          answers.filter((answer) => answer !== null),
          [{ text: 'one', takenAt: null }],
        )
      })

      it('returns when it was taken', async () => {
        await at.artefacts.put('AuthorizationCode', 'c', 'one')
        await at.artefacts.take('AuthorizationCode', 'c')
        same(await at.artefacts.pop('AuthorizationCode', 'c'), { text: 'one', takenAt: start })
      })

      it('is null when the artefact is absent, expired, or of another kind', async () => {
        await at.artefacts.put('Interaction', 'i', 'one', { expiresAt: start + 5 })
        await at.artefacts.put('Session', 's', 'one')
        at.after(5)
        for (const id of ['i', 's', 'other']) equal(await at.artefacts.pop('Interaction', id), null)
        equal((await at.artefacts.get('Session', 's'))!.text, 'one')
      })
    })
  })
}
