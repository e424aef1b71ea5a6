import { expect } from 'chai'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, setupKeyIn } from '../support/client.ts'
import { clock, type Host, password, signInRequest, startHost } from '../support/host.ts'

describe('the record that is read with a password', () => {
  let host: Host
  const reads: string[] = []

  before(async () => {
    const real = memoryStore({ clock })
    const { records } = real
    const store: Store = {
      ...real,
      records: {
        read: (id) => (reads.push(id), records.read(id)),
        swap: (...request) => records.swap(...request),
        due: (...request) => records.due(...request),
        backlog: (now) => records.backlog(now),
      },
    }
    host = await startHost({ store })
    const setUp = await enter('ana@example.com', password)
    const code = new Authenticator(setupKeyIn(setUp.text)[0]!).next(clock.now())
    await setUp.visitor.submit(await setUp.visitor.submit(setUp, { code }), { saved: 'yes' })
    await host.rekey.idle()
    reads.length = 0
  })
  after(() => host.close())
  afterEach(() => void (reads.length = 0))

  async function enter(email: string, typed: string) {
    const visitor = createVisitor(host.issuer)
    const page = await visitor.go(signInRequest())
    return visitor.submit(page, { email, password: typed })
  }

  it('is one more read for every email, so that it reveals no account', async () => {
    const counts: number[] = []
    for (const email of ['ana@example.com', 'eva@example.com']) {
      await enter(email, 'wrong')
      await host.rekey.idle()
      counts.push(reads.splice(0).length)
    }
    expect(counts).to.deep.equal([counts[0], counts[0]])
  })

  it('is the only one for the account that this email had', async () => {
    await enter('ana@example.com', password)
    expect(reads).to.deep.equal(['ana'])
  })

  it('is not used for another account that has the email now', async () => {
    const [ana, ben] = [host.people.get('ana')!, host.people.get('ben')!]
    host.people.set('ana', { ...ana, email: 'old@example.com' })
    host.people.set('ben', { ...ben, email: 'ana@example.com' })
    const page = await enter('ana@example.com', password)
    expect(reads.slice(0, 2)).to.deep.equal(['ana', 'ben'])
    expect(page.h1).to.equal('Set up your authenticator')
  })
})
