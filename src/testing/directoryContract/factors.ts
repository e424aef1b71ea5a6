import { equal } from 'node:assert/strict'
import type { FactorState } from '../../core/questions.ts'
import type { Runner } from '../runner.ts'
import { directoryStage, type OpenDirectory, start, unique } from './fixture.ts'

const enough = async () => 'enough' as const

export function factors(runner: Runner, open: OpenDirectory): void {
  runner.describe('second factors of a directory', () => {
    const at = directoryStage(runner, open)
    const { it } = runner

    it('keep the time of the first set-up, however often it is called', async () => {
      const ana = await at.add()
      for (const time of [start, start, start + 60]) await at.directory.enrolled(ana.id, time)
      equal((await at.directory.find(ana.id))?.secondFactorSince, start)
    })

    it('make a pending account active, and no disabled one', async () => {
      if (!(await at.hasStatus())) return
      for (const [status, then] of [
        ['pending', 'active'],
        ['disabled', 'disabled'],
        ['active', 'active'],
      ] as const) {
        const person = await at.add({ status })
        await at.directory.enrolled(person.id, start)
        equal((await at.directory.find(person.id))?.status, then, status)
      }
    })

    it('accept an unknown id without an error', async () => {
      await at.directory.enrolled(unique(), start)
    })

    it('never replace a newer state by an older one', async () => {
      const { directory } = at
      if (!directory.factorChanged) return
      const ana = await at.add()
      let state: FactorState = 'active'
      let isFirst = true
      const slow = directory.factorChanged(
        ana.id,
        async () => {
          const seen = state
          if (isFirst) {
            isFirst = false
            state = 'reset'
            await directory.factorChanged?.(ana.id, async () => state, enough)
          }
          return seen
        },
        enough,
      )
      await slow
      equal((await directory.find(ana.id))?.secondFactor, 'reset')
    })
  })
}
