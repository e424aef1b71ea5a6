/** Commands and round trips to Redis of a reset, of the way back and of the console, with the effects they cause. */
import { expect } from 'chai'
import { openRedis, type RedisStore } from '../../src/store/redis.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import type { Page, Visitor } from '../support/client.ts'
import { clock } from '../support/host.ts'
import type { Acting } from '../support/managementCalls.ts'
import { linkIn } from '../support/managementCalls.ts'
import type { Person } from '../support/people.ts'
import { type RedisServer, startRedis } from '../support/redisServer.ts'

interface Cost {
  readonly commands: number
  readonly trips: number
}

describe('Round trips to Redis', () => {
  let redis: RedisServer
  let store: RedisStore
  let api: ApiHost
  let admin: Acting
  let console: { readonly visitor: Visitor }
  let target: Person
  let page: Page

  before(async () => {
    redis = await startRedis()
    store = await openRedis({ url: redis.url, clock })
    api = await openApiHost({ store })
    // Its worker would search for due effects meanwhile; that search is counted by itself.
    await api.host.rekey.close()
    ;[admin, target] = [await api.admin(), await api.person()]
    // One session, one grant, one access token and its code.
    await api.tokens(await api.enter(target))
    const helper = await api.person({ roles: ['admin'] })
    console = await api.enterApp(helper, '/admin/users', 'Users')
  })
  after(async () => {
    await api.close()
    await store.close()
    await redis.stop()
  })

  async function measured(work: () => Promise<unknown>): Promise<Cost> {
    const before = store.traffic()
    await work()
    await api.host.rekey.idle()
    const after = store.traffic()
    return { commands: after.commands - before.commands, trips: after.trips - before.trips }
  }

  /** Without what waiting for effects costs by itself. */
  async function cost(work: () => Promise<unknown>): Promise<Cost> {
    await api.host.rekey.idle()
    const waiting = await measured(async () => undefined)
    const all = await measured(work)
    return { commands: all.commands - waiting.commands, trips: all.trips - waiting.trips }
  }

  const open = async (visitor: Visitor, path: string, status = 200): Promise<void> => {
    page = await visitor.get(path)
    expect(page.status, page.h1 ?? '').to.equal(status)
  }
  const submit = async (fields: Record<string, string>): Promise<void> => {
    page = await page.visitor.send(page, fields)
    expect(page.status, page.alert ?? '').to.equal(303)
  }

  /** In this order: the later acts continue the earlier ones. */
  const acts: readonly [string, Cost, () => Promise<unknown>][] = [
    [
      'a reset by the API, of a person with one session, and all that it causes',
      { commands: 37, trips: 12 },
      async () => expect((await admin.reset(target, { code: await admin.person.code() })).status).to.equal(201),
    ],
    [
      'a user by the API',
      { commands: 7, trips: 3 },
      async () => expect((await admin.call('GET', `/users/${target.id}`)).status).to.equal(200),
    ],
    [
      'a list of three users by the API',
      { commands: 13, trips: 6 },
      async () => expect((await admin.call('GET', '/users')).body.items).to.have.length(3),
    ],
    ['the list of three users in the console', { commands: 12, trips: 6 }, () => open(console.visitor, '/admin/users')],
    [
      'the page of a user in the console',
      { commands: 18, trips: 6 },
      () => open(console.visitor, `/admin/users/${target.id}`),
    ],
    [
      'the page of a mailed link',
      { commands: 3, trips: 2 },
      async () => {
        const [link] = (await api.mailed(target.email)).flatMap(linkIn)
        await open(api.visitor(), link!)
      },
    ],
    ['Continue on that page', { commands: 6, trips: 5 }, () => submit({})],
    ['the set-up page', { commands: 2, trips: 1 }, () => open(page.visitor, page.location!)],
    [
      'the code of a set-up, and all that it causes',
      { commands: 17, trips: 9 },
      () => submit({ code: api.appOf(page).next(clock.now()) }),
    ],
    ['the page of backup codes', { commands: 2, trips: 1 }, () => open(page.visitor, page.location!)],
    ['the confirmation that they are saved', { commands: 2, trips: 2 }, () => submit({ saved: 'yes' })],
  ]
  for (const [what, most, act] of acts)
    it(`are at most ${most.trips}, of ${most.commands} commands, for ${what}`, async () => {
      const { commands, trips } = await cost(act)
      expect(trips, 'round trips').to.be.at.most(most.trips)
      expect(commands, 'commands').to.be.at.most(most.commands)
    })

  it('of an idle worker are one a second, to find what is due', async () => {
    expect((await cost(() => store.records.due(clock.now(), 10, 20))).trips).to.equal(1)
  })
})
