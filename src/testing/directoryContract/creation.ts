import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import type { NewPerson } from '../../ports.ts'
import type { Runner } from '../runner.ts'
import { directoryStage, type OpenDirectory, unique } from './fixture.ts'

const newPerson = (more: Partial<NewPerson> = {}): NewPerson => ({
  email: `${unique()}@example.com`,
  emailVerified: false,
  name: 'Ana Silva',
  locale: 'en',
  roles: [],
  groups: [],
  status: 'pending',
  ...more,
})

export function creation(runner: Runner, open: OpenDirectory): void {
  runner.describe('accounts of a directory', () => {
    const at = directoryStage(runner, open)
    const { it } = runner

    it('are created once for an email', async () => {
      const { create } = at.directory
      if (!create) return
      const wanted = newPerson()
      const created = await create.call(at.directory, wanted)
      ok(created !== 'exists')
      deepEqual(await at.directory.find(created.id), created)
      deepEqual([created.email, created.name, created.status], [wanted.email, wanted.name, 'pending'])
      equal(await create.call(at.directory, newPerson({ email: wanted.email, name: 'Eve' })), 'exists')
      equal((await at.directory.find(created.id))?.name, wanted.name)
    })

    it('are created once when twenty ask at one time', async () => {
      const { create } = at.directory
      if (!create) return
      const wanted = newPerson()
      const answers = await Promise.all(Array.from({ length: 20 }, () => create.call(at.directory, wanted)))
      equal(answers.filter((answer) => answer !== 'exists').length, 1)
    })

    it('are changed, and do not take the email of another account', async () => {
      const { directory } = at
      if (!directory.change) return
      const [ana, ben] = [await at.add(), await at.add()]
      equal(await directory.change(unique(), { name: 'Eve' }), null)
      equal(await directory.change(ana.id, { email: ben.email }), 'exists')
      equal((await directory.find(ana.id))?.email, ana.email)
      const email = `${unique()}@example.com`
      notEqual(await directory.change(ana.id, { email, emailVerified: false, name: 'Ana Costa' }), null)
      const found = await directory.find(ana.id)
      deepEqual([found?.email, found?.emailVerified, found?.name], [email, false, 'Ana Costa'])
    })

    it('are removed, more than once without an error', async () => {
      const { directory } = at
      if (!directory.remove) return
      const ana = await at.add()
      for (let time = 0; time < 2; time++) await directory.remove(ana.id)
      equal(await directory.find(ana.id), null)
      deepEqual(await directory.list({ search: ana.email, limit: 1 }), [])
    })

    it('have a verified email only while it is the same', async () => {
      const { directory } = at
      if (!directory.change || !directory.verifyEmail) return
      const ana = await at.add()
      const email = `${unique()}@example.com`
      await directory.change(ana.id, { email, emailVerified: false })
      await directory.verifyEmail(ana.id, ana.email)
      equal((await directory.find(ana.id))?.emailVerified, false)
      for (let time = 0; time < 2; time++) await directory.verifyEmail(ana.id, email)
      equal((await directory.find(ana.id))?.emailVerified ?? true, true)
    })
  })
}
