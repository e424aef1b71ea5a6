import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Runner } from '../runner.ts'
import { directoryStage, type OpenDirectory, unique } from './fixture.ts'

export function reading(runner: Runner, open: OpenDirectory): void {
  runner.describe('a directory', () => {
    const at = directoryStage(runner, open)
    const { it } = runner

    it('answers null for an unknown id', async () => {
      for (const id of [unique(), '', '0', '__proto__', "'; --"]) equal(await at.directory.find(id), null, id)
    })

    it('finds a person by id, the same at every look-up', async () => {
      const ana = await at.add()
      const found = await at.directory.find(ana.id)
      ok(found)
      deepEqual([found.id, found.email, found.status], [ana.id, ana.email, 'active'])
      equal(found.name, (await at.hasName()) ? ana.name : ana.email)
      deepEqual(await at.directory.find(ana.id), found)
    })

    it('says nothing that is not of its type', async () => {
      const found = await at.directory.find((await at.add()).id)
      ok(found)
      ok(found.locale === null || typeof found.locale === 'string', 'locale')
      ok(Array.isArray(found.roles) && Array.isArray(found.groups), 'roles, groups')
      equal(found.secondFactorSince, null, 'no second factor yet: null')
      ok([true, false, undefined].includes(found.emailVerified), 'emailVerified')
    })

    it('has times in seconds', async () => {
      const found = await at.directory.find((await at.add()).id)
      ok(found && Number.isInteger(found.createdAt) && found.createdAt < 100_000_000_000, 'createdAt: epoch seconds')
    })

    it('shows no password and no hash', async () => {
      const ana = await at.add()
      ok(!/passw|argon2|\$2[aby]\$|pbkdf2|scrypt/i.test(JSON.stringify(await at.directory.find(ana.id))))
    })

    it('tells the status', async () => {
      if (!(await at.hasStatus())) return
      for (const status of ['pending', 'disabled'] as const)
        equal((await at.directory.find((await at.add({ status })).id))?.status, status)
    })
  })
}
