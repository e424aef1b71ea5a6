import { directoryContract, memoryDirectory, type OpenedDirectory } from 'oidc-rekey/testing'
import { hashPassword } from '../../src/crypto/passwords.ts'
import { newId } from '../../src/crypto/tokens.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { memoryStore } from '../../src/store/memory.ts'

async function openEmbedded(): Promise<OpenedDirectory> {
  const clock = { now: () => 1_800_000_000 }
  const directory = createDirectory({ profiles: memoryStore({ clock }).profiles, clock })
  return {
    directory,
    async add({ password, ...person }) {
      const id = newId()
      await directory.create({ id, ...person, passwordHash: await hashPassword(password) })
      return id
    },
    close: async () => undefined,
  }
}

async function openMemory(): Promise<OpenedDirectory> {
  const directory = memoryDirectory()
  return {
    directory,
    async add({ password, ...person }) {
      const created = await directory.create({ locale: null, roles: [], groups: [], ...person })
      if (created === 'exists') throw new Error(`${person.email} exists`)
      await directory.setPassword(created.id, password, { generation: 0 })
      return created.id
    },
    close: async () => undefined,
  }
}

const runner = { describe, it, before, after }

describe('The embedded directory', () => directoryContract(runner, openEmbedded))
describe('The directory in memory', () => directoryContract(runner, openMemory))
