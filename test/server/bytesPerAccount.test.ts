/** Memory of Redis for each account that an import creates, with password hash and authenticator. docs/stores.md states it. */
import { expect } from 'chai'
import { createDirectory } from '../../src/server/directory.ts'
import { importAccounts } from '../../src/server/commands/importAccounts.ts'
import { clock, type Host, startHost } from '../support/host.ts'
import { redisFixture } from '../store/redisFixture.ts'

const people = 1500
const first = ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Greta', 'Hannah', 'Ivan', 'Julia', 'Karl']
const last = ['Mueller', 'Schmidt', 'Fischer', 'Weber', 'Meyer', 'Wagner', 'Becker', 'Hoffmann', 'Koch']
const hash = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

describe('An account on Redis', () => {
  let host: Host | undefined
  afterEach(() => host?.close())
  const at = redisFixture()

  it('takes less than 2,000 bytes, with its index and its audit line', async () => {
    const store = await at.open({ clock })
    const accounts = createDirectory({ profiles: store.profiles, clock })
    host = await startHost({ store, options: { directory: accounts } })
    const { rekey } = host
    const used = async () => Number(/used_memory:(\d+)/.exec(await at.ask('INFO', 'memory'))![1])
    async function* entries() {
      for (let n = 0; n < people; n++) {
        const [given, family] = [first[n % first.length]!, last[(n * 5) % last.length]!]
        const email = `${given}.${family}${n}@example.com`.toLowerCase()
        const totp = { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }
        yield { line: n + 1, value: { email, name: `${given} ${family}`, password_hash: hash, totp } }
      }
    }
    const before = await used()
    const adopt = async (id: string, { secret, at: enrolledAt }: { secret: string; at: number }) => {
      const { refused } = await rekey.adopt([{ id, secret, enrolledAt }], { refresh: true, unlisted: true })
      return refused[0]?.why
    }
    const counts = await importAccounts(entries(), { accounts, clock, adopt, report: () => undefined })
    await rekey.idle()
    expect(counts.created).to.equal(people)
    expect(((await used()) - before) / people).to.be.below(2000)
  })
})
