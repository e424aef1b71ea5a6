import { equal } from 'node:assert/strict'
import type { Runner } from '../runner.ts'
import { atOnce, count, stage, start, type OpenStore } from './fixture.ts'

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
  })
}
