/** A reset that the replicas did not confirm, sent again with its key: not acknowledged before they have it. */
import { expect } from 'chai'
import { StoreUnavailable } from '../../src/errors.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { clock } from '../support/host.ts'

describe('A reset whose replicas are missing', () => {
  let missing = false
  let host: ApiHost
  before(async () => {
    const store = memoryStore({ clock })
    const records: Store['records'] = {
      read: (id) => store.records.read(id),
      due: (...request) => store.records.due(...request),
      backlog: (now) => store.records.backlog(now),
      async swap(id, text, version, options = {}) {
        const swapped = await store.records.swap(id, text, version, options)
        // As in Redis: the master has the write, the replicas have not.
        if (swapped && options.durable && missing) throw new StoreUnavailable('not enough replicas')
        return swapped
      },
    }
    host = await openApiHost({ store: { ...store, records }, onError: () => undefined })
  })
  after(() => host.close())

  it('is answered 503 however often it is sent again, and 201 when they have it', async () => {
    const [admin, target] = [await host.admin(), await host.person()]
    const body = { code: await admin.person.code() }
    const send = () => admin.reset(target, body, { 'idempotency-key': 'one-act' })
    missing = true
    for (let n = 0; n < 3; n++) expect((await send()).status, `try ${n}`).to.equal(503)
    missing = false
    const acknowledged = await send()
    expect(acknowledged.status, acknowledged.text).to.equal(201)
    expect((await send()).body.id).to.equal(acknowledged.body.id)
    const { body: found } = await admin.call('GET', `/users/${target.id}/two-factor/resets`)
    expect(found.items).to.have.length(1)
  })
})
