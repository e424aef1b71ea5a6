import { equal, ok } from 'node:assert/strict'
import type { Runner } from '../runner.ts'
import { directoryStage, type OpenDirectory, password, unique } from './fixture.ts'

export function passwords(runner: Runner, open: OpenDirectory): void {
  runner.describe('passwords of a directory', () => {
    const at = directoryStage(runner, open)
    const { it } = runner

    it('sign in the person of the email, and another password does not', async () => {
      const { directory } = at
      if (!directory.authenticate) return
      const ana = await at.add()
      equal((await directory.authenticate(ana.email, password))?.id, ana.id)
      for (const typed of [`${password} `, password.toUpperCase(), '', 'wrong'])
        equal(await directory.authenticate(ana.email, typed), null, typed)
      equal(await directory.authenticate(`${unique()}@example.com`, password), null)
      equal(await directory.authenticate('', ''), null)
    })

    it('sign in when the attempt is admitted', async () => {
      const { directory } = at
      if (!directory.authenticate) return
      const ana = await at.add()
      const attempt = { network: '192.0.2.1', admit: async () => true }
      equal((await directory.authenticate(ana.email, password, attempt))?.id, ana.id)
    })

    it('find people by email where they can be forgotten', async () => {
      const { directory } = at
      if (!directory.findByEmail) return
      const ana = await at.add()
      equal((await directory.findByEmail(ana.email))?.id, ana.id)
      equal(await directory.findByEmail(`${unique()}@example.com`), null)
    })

    it('are replaced by a newer one, never by an older one', async () => {
      const { directory } = at
      if (!directory.hashPassword || !directory.setPassword) return
      const ana = await at.add()
      const [older, newer] = [
        await directory.hashPassword('the older one'),
        await directory.hashPassword('the newer one'),
      ]
      equal(await directory.setPassword(unique(), newer, { generation: 2 }), null)
      ok(await directory.setPassword(ana.id, newer, { generation: 2 }))
      await directory.setPassword(ana.id, older, { generation: 1 })
      await directory.setPassword(ana.id, newer, { generation: 2 })
      if (!directory.authenticate) return
      const found = await directory.authenticate(ana.email, 'the newer one')
      equal(found?.id, ana.id)
      equal(found?.passwordGeneration, 2)
      for (const typed of ['the older one', password])
        equal(await directory.authenticate(ana.email, typed), null, typed)
    })
  })
}
