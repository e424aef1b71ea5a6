import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Adapter, AdapterPayload, Configuration } from 'oidc-provider'
import { createClient } from 'redis'
import { bound, hostAdapter } from '../../src/oidc/hostAdapter.ts'
import { openRedis } from '../../src/store/redis.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { foreignAdapters } from './adapters/foreign.ts'
import { openMapAdapter } from './adapters/map.ts'
import { clock } from '../support/host.ts'
import { startRedis } from '../support/redisServer.ts'
import { attachedFindings, type Broken, directory, faults, findingsOf, openMount } from './doctorHost.ts'

type Change = (adapter: Adapter, model: string) => Partial<Adapter>

const changed = async (change: Change): Promise<Broken> => {
  const of = hostAdapter((await openMapAdapter()).adapter)
  return { configuration: { adapter: (model) => ({ ...bound(of(model)), ...change(of(model), model) }) } }
}

const storing = (payloadOf: (payload: AdapterPayload) => AdapterPayload) =>
  changed((adapter) => ({ upsert: (id, payload, seconds) => adapter.upsert(id, payloadOf(payload), seconds) }))

const only = (fields: readonly string[]) => (payload: AdapterPayload) =>
  Object.fromEntries(Object.entries(payload).filter(([name]) => fields.includes(name)))

const known = 'kind jti iat exp uid accountId loginTs acr amr authorizations clientId grantId scope sessionUid'.split(
  ' ',
)
const short = (id: string): string => id.slice(0, 60)
const cut = (id: string): string => id.slice(0, 32)

const broken: Readonly<Record<string, () => Promise<Broken>>> = {
  'a column for each field that it knows': () => storing(only(known)),
  'times as text': () => storing((payload) => ({ ...payload, exp: String(payload.exp) as never })),
  'ids of 60 characters': () =>
    changed((adapter) => ({ upsert: (id, payload, seconds) => adapter.upsert(short(id), payload, seconds) })),
  'ids that it cuts when it writes and when it reads': () =>
    changed((adapter) => ({
      upsert: (id, payload, seconds) => adapter.upsert(cut(id), payload, seconds),
      find: (id) => adapter.find(cut(id)),
      destroy: (id) => adapter.destroy(cut(id)),
    })),
  'no table for grants': () =>
    changed((_, model) =>
      model === 'Grant' ? { upsert: async () => Promise.reject(new Error('no table Grant')) } : {},
    ),
  'no index by uid': () => changed(() => ({ findByUid: async () => undefined })),
  'a destroy that does nothing': () => changed(() => ({ destroy: async () => undefined })),
}

describe('The doctor finds in an adapter', () => {
  for (const [what, open] of Object.entries(broken))
    it(`fatal adapter-fields: it has ${what}`, async () => {
      const findings = await findingsOf(await open())
      expect(faults(findings)).to.deep.equal(['fatal adapter-fields'])
    })

  it('fatal adapter-fields: one sentence for all models', async () => {
    const failing = await changed(() => ({ upsert: async () => Promise.reject(new Error('no table')) }))
    const found = (await findingsOf(failing)).filter(
      ({ id, severity }) => id === 'adapter-fields' && severity === 'fatal',
    )
    expect(found.map((finding) => finding.found)).to.deep.equal([
      'the adapter fails (no table) for Session, Grant, Interaction, AuthorizationCode, AccessToken, RefreshToken',
    ])
  })

  it('warn adapter-fields: no table for models of features that are on', async () => {
    const missing = ['PushedAuthorizationRequest', 'ReplayDetection', 'DeviceCode']
    const host = await changed((_, model) =>
      missing.includes(model) ? { upsert: async () => Promise.reject(new Error('no table')) } : {},
    )
    const foundWith = async (features: Configuration['features'] = {}) =>
      (await findingsOf({ configuration: { ...host.configuration, features } }))
        .filter(({ id, found }) => id === 'adapter-fields' && found.includes('no table'))
        .map(({ severity, id, found }) => `${severity} ${id}: ${found}`)
    expect(await foundWith()).to.deep.equal([
      'warn adapter-fields: the adapter fails (no table) for ReplayDetection, PushedAuthorizationRequest',
    ])
    expect(
      await foundWith({ pushedAuthorizationRequests: { enabled: false }, deviceFlow: { enabled: true } }),
    ).to.deep.equal(['warn adapter-fields: the adapter fails (no table) for ReplayDetection, DeviceCode'])
  })

  it('warn adapter-fields: a token is revoked, and sign-in and session of its grant are gone', async () => {
    const of = hostAdapter((await openMapAdapter()).adapter)
    const rows = new Map<string, [string, string]>()
    const adapter = (model: string): Adapter => ({
      ...bound(of(model)),
      async upsert(id, payload, seconds) {
        if (payload.grantId) rows.set(`${model} ${id}`, [model, id])
        await of(model).upsert(id, payload, seconds)
      },
      async revokeByGrantId() {
        for (const [owner, id] of rows.values()) await of(owner).destroy(id)
      },
    })
    const findings = (await findingsOf({ configuration: { adapter } })).filter(({ id }) => id === 'adapter-fields')
    expect(findings.map(({ severity, id, found }) => `${severity} ${id}: ${found}`)).to.deep.equal([
      'warn adapter-fields: revokeByGrantId of the adapter of AccessToken deletes rows of Interaction and Session with the same grant',
    ])
  })

  it('fatal clients: a client with an id of ours', async () => {
    const { adapter } = await openMapAdapter()
    await hostAdapter(adapter)('Client').upsert('console', { client_id: 'console' }, undefined)
    expect(faults(await findingsOf({ configuration: { adapter } }))).to.deep.equal(['fatal clients'])
  })

  /** Their `revokeByGrantId` deletes what names the grant, whatever its model. */
  const deletesAcrossModels = ['in memory', 'on Prisma']
  for (const [name, open] of Object.entries(foreignAdapters))
    it(`no fault: an adapter ${name}, and it keeps no canary`, async () => {
      const foreign = await open()
      try {
        const store = memoryStore({ clock })
        const findings = await findingsOf({ options: { store }, configuration: { adapter: foreign.adapter } })
        const revokes = deletesAcrossModels.includes(name) ? ['warn adapter-fields'] : []
        expect(faults(findings)).to.deep.equal(revokes)
        // That one of many wins is what the guard adds.
        const all = findings.map(({ id, severity }) => `${severity} ${id}`)
        expect(all).to.deep.equal([...revokes, 'info adapter-once'])
        for (const model of ['Session', 'Grant', 'Interaction', 'AuthorizationCode', 'AccessToken', 'RefreshToken'])
          expect(await foreign.ids(model), model).to.deep.equal([])
      } finally {
        await foreign.close()
      }
    })
})

describe('The doctor finds no fault in a healthy host', () => {
  it('on the embedded store, and takes less than 200 ms', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rekey-doctor-'))
    const store = openSqlite({ directory: folder, clock })
    try {
      const { rekey, provider } = await openMount({ options: { store } })
      const begun = performance.now()
      expect(await attachedFindings(rekey, provider)).to.deep.equal([])
      const again = performance.now()
      expect(await rekey.doctor()).to.deep.equal([])
      const fastest = Math.min(again - begun, performance.now() - again)
      expect(fastest).to.be.below(200)
      await rekey.close()
    } finally {
      await store.close()
      await rm(folder, { recursive: true })
    }
  })

  it('with pages of its own, which read what the library gives them', async () => {
    const { host } = { host: { ...directory, authenticate: undefined as never } }
    const findings = await findingsOf({
      options: { directory: host },
      configuration: {
        interactions: {
          url: (ctx, { uid, prompt, params }) =>
            `/own/${prompt.name}/${uid}?for=${ctx.oidc.client?.clientId}&${String(params['client_id'])}=${ctx.oidc.params?.['scope'] as string}&from=${ctx.host}`,
        },
      },
    })
    expect(findings).to.deep.equal([])
  })

  it('on Redis, until Redis would evict what must be kept', async () => {
    const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    const admin = createClient({ url: redis.url })
    await admin.connect()
    const store = await openRedis({ url: redis.url, clock })
    try {
      const { rekey, provider } = await openMount({ options: { store } })
      expect(faults(await attachedFindings(rekey, provider))).to.deep.equal([])
      await admin.configSet({ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' })
      expect(faults(await rekey.doctor())).to.deep.equal(['fatal store'])
      await admin.configSet('maxmemory-policy', 'noeviction')
      expect(faults(await rekey.doctor())).to.deep.equal([])
      await rekey.close()
    } finally {
      await store.close()
      await admin.close()
      await redis.stop()
    }
  })
})

describe('attach', () => {
  it('starts the worker, which sends what an earlier process left', async () => {
    const store = memoryStore({ clock })
    const before = await openMount({
      options: { store, mail: { send: async () => Promise.reject(new Error('no mail server')) } },
    })
    await before.rekey.attach(before.provider)
    await before.rekey.adopt([{ id: 'ana', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }])
    await before.rekey.reset({ accountId: 'ana', by: null })
    await before.rekey.close()

    const sent = Promise.withResolvers<string>()
    const { rekey, provider } = await openMount({
      options: {
        store,
        clock: { now: () => clock.now() + 600 },
        mail: { send: async ({ to }) => sent.resolve(to) },
      },
    })
    await rekey.attach(provider)
    expect(await sent.promise).to.equal('ana@example.com')
    await rekey.close()
  })

  it('works in an outage, and says what could not be checked', async () => {
    const findings = await findingsOf({
      options: { directory: { ...directory, list: async () => Promise.reject(new Error('no connection')) } },
    })
    expect(faults(findings)).to.deep.equal(['warn directory', 'warn factors'])
  })
})
