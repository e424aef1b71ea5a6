/** An account in which a program has signed in again and again, as a monitor does. */
import { expect } from 'chai'
import { memoryStore } from '../../src/store/memory.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { clock } from '../support/host.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'

const SESSIONS = 1200

describe('An account with 1,200 sessions', () => {
  const store = memoryStore({ clock })
  let api: ApiHost
  let admin: Acting
  let target: Person
  before(async () => {
    api = await openApiHost({ store })
    ;[admin, target] = [await api.admin(), await api.person()]
    await api.enter(target)
    const [session] = await store.artefacts.ofAccount('Session', target.id, '', 1)
    const payload = JSON.parse(session!.text) as object
    for (let n = 1; n < SESSIONS; n++) {
      const indexes = { uid: `uid${n}`, accountId: target.id }
      const text = JSON.stringify({ ...payload, jti: `jti${n}`, uid: indexes.uid })
      await store.artefacts.put('Session', `jti${n}`, text, { expiresAt: clock.now() + 3600, indexes })
    }
  })
  after(() => api.close())

  it('lists a thousand of them', async () => {
    const { status, body } = await admin.call('GET', `/users/${target.id}/sessions`)
    expect(status).to.equal(200)
    expect(body.items).to.have.length(1000)
  })

  it('is reset with a thousand counted, and all of them end', async () => {
    const { status, body } = await admin.reset(target, { code: await admin.person.code() })
    expect(status).to.equal(201)
    expect(body.ended).to.include({ sessions: 1000 })
    await api.host.rekey.idle()
    expect(await store.artefacts.countOfAccount('Session', target.id)).to.equal(0)
  })
})
