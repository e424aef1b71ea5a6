import { expect } from 'chai'
import { StoreUnavailable } from '../../src/errors.ts'
import { Batch } from '../../src/store/postgres/batch.ts'
import { postgresStage } from './postgresFixture.ts'

const keys = (email: string) => ({ email, words: ['ana silva'], status: 'active', tags: ['role:admin'] })

describe('Operations that share a statement', () => {
  const stage = postgresStage()

  it('create each record and each profile once, whichever of them come together', async () => {
    const { records, profiles } = await stage.open()
    const ids = Array.from({ length: 120 }, (_, n) => `id ${n >> 1}`)
    const created = await Promise.all(ids.map((id, n) => records.swap(id, `text ${n}`, 0)))
    expect(created.filter(Boolean)).to.have.length(60)
    const read = await Promise.all(ids.map((id) => records.read(id)))
    expect(
      read.every((record, n) => record?.version === 1 && (created[n] ? record.text === `text ${n}` : true)),
    ).to.equal(true)
    const swapped = await Promise.all([
      ...ids.map((id, n) => profiles.swap(id, 'x', 0, keys(`${n}@example.com`))),
      ...ids.map((_, n) => profiles.swap(`other ${n}`, 'x', 0, keys(`${n >> 1}@example.net`))),
    ])
    expect(swapped.filter((answer) => answer === true)).to.have.length(120)
    expect(swapped.filter((answer) => answer === 'taken')).to.have.length(60)
    expect(swapped.filter((answer) => answer === false)).to.have.length(60)
    expect(await profiles.list({ search: 'ana si', limit: 500 })).to.have.length(120)
    expect(await profiles.list({ tags: [['role:admin']], limit: 500 })).to.have.length(120)
    const found = await Promise.all(ids.map((_, n) => profiles.findByEmail(`${n}@example.net`)))
    expect(found.filter(Boolean)).to.have.length(60)
  })

  it('keep every character, alone and together', async () => {
    const { records, profiles } = await stage.open()
    const odd = ['\0', '\u0001', '"\\', '{a,b}', 'NULL', '', '😀', "'", '\uFFFD']
    await Promise.all(odd.map((text) => records.swap(`r${text}`, text, 0)))
    expect(await Promise.all(odd.map(async (text) => (await records.read(`r${text}`))?.text))).to.deep.equal(odd)
    await Promise.all(
      odd.map((text) => profiles.swap(`p${text}`, text, 0, { ...keys(`${text}@x`), words: [`w${text}`] })),
    )
    const found = await Promise.all(odd.map((text) => profiles.findByEmail(`${text}@x`)))
    expect(found.map((profile) => profile && [profile.id, profile.text])).to.deep.equal(
      odd.map((text) => [`p${text}`, text]),
    )
  })

  it('fail alone, and all together in an outage', async () => {
    const run = (fail: (item: number) => Error | null) => {
      const statements: number[][] = []
      const together = async (items: readonly number[]) => {
        statements.push([...items])
        const error = items.map(fail).find((item) => item !== null)
        if (error) throw error
        return items
      }
      const alone = async (item: number) => (await together([item]))[0] ?? 0
      return { statements, batch: new Batch<number, number>({ keysOf: (item) => [`${item}`], alone, together }) }
    }
    const bad = run((item) => (item === 4 ? new TypeError('bad') : null))
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map((item) => bad.batch.run(item)))
    expect(results.map(({ status }) => status[0])).to.deep.equal(['f', 'f', 'f', 'r', 'f'])
    expect(bad.statements).to.deep.equal([[1], [2], [3, 4, 5], [3], [4], [5]])
    const down = run(() => new StoreUnavailable('down'))
    const refused = await Promise.allSettled([1, 2, 3, 4].map((item) => down.batch.run(item)))
    expect(refused.every(({ status }) => status === 'rejected')).to.equal(true)
    expect(await bad.batch.run(6)).to.equal(6)
  })
})
