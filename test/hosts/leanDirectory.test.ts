/** A host's directory answers with the columns that it has; what is left out has a default, except `secondFactorSince`. */
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { Directory, DirectoryPerson, PeopleQuery } from 'oidc-rekey'
import { directoryContract } from '../../src/testing.ts'
import { completeDirectory } from '../../src/hostDirectory.ts'
import { faults, findingsOf, openMount } from './doctorHost.ts'

/** With a private field, as a directory on a database has. */
class LeanDirectory implements Directory {
  readonly #people: readonly DirectoryPerson[]
  constructor(...people: readonly DirectoryPerson[]) {
    this.#people = people
  }
  async find(id: string) {
    return this.#people.find((person) => person.id === id) ?? null
  }
  async enrolled() {}
  async list({ limit }: PeopleQuery) {
    return this.#people.slice(0, limit)
  }
  async create() {
    return 'exists' as const
  }
  async authenticate() {
    const [person] = this.#people
    return person ? { ...person, passwordGeneration: 3 } : null
  }
}

const lean: DirectoryPerson = { id: 'ana', email: 'ana@example.com', secondFactorSince: null }
const whole = {
  ...lean,
  name: 'ana@example.com',
  locale: null,
  roles: [],
  groups: [],
  status: 'active',
  createdAt: 0,
}

describe('A directory that leaves fields out', () => {
  it('is completed with the defaults in every answer', async () => {
    const directory = completeDirectory(new LeanDirectory(lean))
    expect(await directory.find('ana')).to.deep.equal(whole)
    expect(await directory.list({ limit: 9 })).to.deep.equal([whole])
    expect(await directory.authenticate?.('', '')).to.deep.equal({ ...whole, passwordGeneration: 3 })
    expect(await directory.find('nobody')).to.equal(null)
    expect(await directory.create?.(directory as never)).to.equal('exists')
  })

  it('keeps what it says, a name that is null excepted', async () => {
    const said = {
      ...whole,
      name: 'Ana',
      locale: 'pt',
      roles: ['admin'],
      groups: ['a'],
      status: 'disabled',
      createdAt: 5,
    }
    const other = { ...lean, id: 'ben', email: 'ben@example.com', name: null }
    const directory = completeDirectory(new LeanDirectory(said as DirectoryPerson, other))
    expect(await directory.find('ana')).to.deep.equal(said)
    expect((await directory.find('ben'))?.name).to.equal('ben@example.com')
  })

  it('has no method that the host has not', () => {
    const directory = completeDirectory(new LeanDirectory())
    expect(['signedOut', 'foreignFactor'].filter((name) => name in directory)).to.deep.equal([])
    expect([directory.remove, directory.findByEmail]).to.deep.equal([undefined, undefined])
  })

  it('passes the doctor, and its people can set up a second factor', async () => {
    const options = { directory: new LeanDirectory(lean) }
    expect(faults(await findingsOf({ options }))).to.deep.equal([])
    const { rekey } = await openMount({ options })
    expect(await rekey.state('ana')).to.include({ state: 'none' })
  })
})

describe('A directory without secondFactorSince', () => {
  const options = { directory: new LeanDirectory({ id: 'ana', email: 'ana@example.com' } as DirectoryPerson) }

  it('is refused by the doctor by the name of the field', async () => {
    const [finding] = (await findingsOf({ options })).filter(({ severity }) => severity === 'fatal')
    expect(finding).to.include({ id: 'directory' })
    expect(finding?.found).to.match(/^directory\.list: secondFactorSince: /)
  })

  it('makes nobody new: a missing record stays damage', async () => {
    const { rekey } = await openMount({ options })
    expect(await rekey.state('ana')).to.include({ state: 'unavailable' })
  })
})

describe('A directory with three columns, by the contract:', () => {
  directoryContract({ describe, it, before, after }, async () => {
    const rows = new Map<string, DirectoryPerson>()
    const directory: Directory = {
      find: async (id) => rows.get(id) ?? null,
      async enrolled(id, time) {
        const row = rows.get(id)
        if (row) rows.set(id, { ...row, secondFactorSince: row.secondFactorSince ?? time })
      },
      async list({ search = '', after: cursor = '', limit }) {
        const found = [...rows.values()].filter(({ email }) => email > cursor && email.startsWith(search.toLowerCase()))
        return found.toSorted((a, b) => (a.email < b.email ? -1 : 1)).slice(0, limit)
      },
    }
    return {
      directory,
      async add({ email }) {
        const id = `person-${rows.size}`
        rows.set(id, { id, email, secondFactorSince: null })
        return id
      },
      close: async () => rows.clear(),
    }
  })
})
