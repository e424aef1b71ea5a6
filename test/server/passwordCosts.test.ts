import { expect } from 'chai'
import { hashPassword } from '../../src/crypto/passwords.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { countCosts, costForUnknown } from '../../src/server/directory/passwordCosts.ts'
import { memoryStore } from '../../src/store/memory.ts'

const OURS = '$argon2id$v=19$m=19456,t=2,p=1'
const DEAR = '$argon2id$v=19$m=38912,t=4,p=1'
const CHEAP = '$argon2id$v=19$m=8,t=1,p=1'
const hashOf = (cost: string): string => `${cost}$9qkcDLieXQg2PERBTU1stA$iLx/0uv4fFzH9FRU9JaxfW5/0Cpys8/+AVKUZ3ASuro`
const key = new Uint8Array(32).fill(7)
const emails = Array.from({ length: 4000 }, (_, n) => `nobody${n}@example.com`)

describe('The password cost of an unknown email', () => {
  const costs = countCosts([...Array<string>(30).fill(hashOf(DEAR)), ...Array<string>(10).fill(hashOf(OURS))])

  it('is one of the stored costs, in their proportion', () => {
    const drawn = emails.map((email) => costForUnknown(email, costs, key))
    expect(new Set(drawn)).to.deep.equal(new Set([DEAR, OURS]))
    expect(drawn.filter((cost) => cost === DEAR).length / emails.length).to.be.within(0.72, 0.78)
  })

  it('is the same at every try, and cannot be computed without the key', () => {
    const under = (secret: Uint8Array) => emails.map((email) => costForUnknown(email, costs, secret))
    expect(under(key)).to.deep.equal(under(key))
    expect(under(key)).not.to.deep.equal(under(new Uint8Array(32).fill(8)))
  })

  it('is that of a new hash while no stored costs are known', () => {
    expect(costForUnknown('a@example.com', [], key)).to.equal(undefined)
  })

  it('follows the stored costs: with cheap hashes an unknown email costs as little', async () => {
    const directory = createDirectory({
      profiles: memoryStore({ clock: { now: () => 0 } }).profiles,
      clock: { now: () => 0 },
      key,
    })
    for (let n = 0; n < 5; n++)
      await directory.create({ email: `k${n}@example.com`, name: 'K', passwordHash: hashOf(CHEAP) })
    const time = async (): Promise<number> => {
      const before = process.cpuUsage()
      for (const email of emails.slice(0, 20)) expect(await directory.authenticate(email, 'wrong')).to.equal(null)
      const { user, system } = process.cpuUsage(before)
      return user + system
    }
    const before = await time()
    await directory.learnCosts()
    expect(await time()).to.be.below(before / 3)
    await directory.create({ email: 'new@example.com', name: 'N', passwordHash: await hashPassword('right') })
    expect(await directory.authenticate('new@example.com', 'right')).to.have.property('email', 'new@example.com')
  })
})
