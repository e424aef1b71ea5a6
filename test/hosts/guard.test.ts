/** What the guard makes of an adapter that fails, loses, or restores rows. */
import { expect } from 'chai'
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import { createStorage, type StorageOptions } from '../../src/oidc/storage.ts'
import { stampedGrantId } from '../../src/oidc/stamp.ts'
import { memoryStore } from '../../src/store/memory.ts'

const START = 1_800_000_000
const known = (code: string): Error => Object.assign(new Error('no such record'), { code })

describe('The guard over an adapter', () => {
  let now: number
  let rows: Map<string, AdapterPayload>
  /** What a method throws, by its name. */
  let failures: Partial<Record<keyof Adapter, Error>>
  let reported: unknown[]
  let guarded: ReturnType<typeof createStorage>
  let artefacts: ReturnType<typeof memoryStore>['artefacts']
  let made: Map<string, Adapter>
  beforeEach(() => {
    now = START
    rows = new Map()
    failures = {}
    reported = []
    made = new Map()
    artefacts = memoryStore({ clock: { now: () => now } }).artefacts
    const onError = (error: unknown) => void reported.push(error)
    guarded = createStorage(options(onError), { adapter: hostAdapter })
  })

  const options = (onError: (error: unknown) => void): StorageOptions => ({
    artefacts,
    clock: { now: () => now },
    refreshLeewaySeconds: 10,
    onError,
  })

  function hostAdapter(model: string): Adapter {
    const attempt = (method: keyof Adapter): void => {
      if (failures[method]) throw failures[method]
    }
    const by = (field: string) => async (value: string) => [...rows.values()].find((row) => row[field] === value)
    const adapter: Adapter = {
      async upsert(id, payload) {
        attempt('upsert')
        rows.set(`${model}:${id}`, payload)
      },
      find: async (id) => rows.get(`${model}:${id}`),
      findByUid: by('uid'),
      findByUserCode: by('userCode'),
      async consume() {
        attempt('consume')
      },
      async destroy(id) {
        attempt('destroy')
        rows.delete(`${model}:${id}`)
      },
      async revokeByGrantId() {
        attempt('revokeByGrantId')
      },
    }
    made.set(model, adapter)
    return adapter
  }

  const refusal = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => null,
      (error: unknown) => error,
    )
  const grant = (accountId: string, jti: string): AdapterPayload => ({ accountId, jti, clientId: 'app' })
  const stamped = (accountId: string): AdapterPayload =>
    grant(accountId, stampedGrantId({ accountId, epoch: START, at: null }, 'a session'))
  const session = (accountId: string, epoch: number = START): AdapterPayload => ({
    jti: 'cookie',
    uid: 'uid',
    accountId,
    twoFactor: { accountId, epoch, at: null },
  })

  for (const kind of ['AuthorizationCode', 'RefreshToken', 'DeviceCode', 'PushedAuthorizationRequest'])
    it(`a ${kind} is taken once though the adapter’s \`consume\` fails, which is reported`, async () => {
      const adapter = guarded.adapterOf(kind)
      await adapter.upsert('one', { jti: 'one', userCode: 'code', exp: now + 60 }, 60)
      failures.consume = new Error('WRONGTYPE')
      await adapter.consume('one')
      expect(reported).to.deep.equal([failures.consume])
      expect((await adapter.find('one'))?.consumed).to.equal(START)
      expect((await adapter.findByUserCode('code'))?.consumed).to.equal(START)
      const isPushed = kind === 'PushedAuthorizationRequest'
      expect(await refusal(adapter.consume('one'))).to.be.instanceOf(
        isPushed ? errors.InvalidRequestUri : errors.InvalidGrant,
      )
      // The host may keep rows long after they have expired.
      now += 60 + 3600
      expect((await adapter.find('one'))?.consumed).to.equal(START)
      expect(await refusal(adapter.consume('one'))).to.be.instanceOf(errors.OIDCProviderError)
    })

  it('the second use of a code ends its grant, an unstamped one of the host’s too', async () => {
    for (const payload of [stamped('ana'), grant('ana', 'made by the host')]) {
      const id = payload.jti!
      await guarded.adapterOf('Grant').upsert(id, payload, 60)
      const codes = guarded.adapterOf('AuthorizationCode')
      await codes.upsert(`code of ${id}`, { grantId: id, exp: now + 60 }, 60)
      await codes.consume(`code of ${id}`)
      expect(await guarded.adapterOf('Grant').find(id)).to.deep.equal(payload)
      await refusal(codes.consume(`code of ${id}`))
      expect([await guarded.adapterOf('Grant').find(id), rows.has(`Grant:${id}`)]).to.deep.equal([undefined, false])
    }
  })

  it('a finished sign-in stays finished when its row comes back', async () => {
    const adapter = guarded.adapterOf('Interaction')
    const payload = { jti: 'one', exp: now + 600, result: {} }
    await adapter.upsert('one', payload, 600)
    expect(await adapter.find('one')).to.deep.equal(payload)
    await adapter.destroy('one')
    rows.set('Interaction:one', { ...payload, exp: now + 3600 })
    for (const later of [0, 3599]) {
      now = START + later
      expect(await adapter.find('one')).to.equal(undefined)
      expect(await refusal(adapter.upsert('one', payload, 600))).to.be.instanceOf(errors.SessionNotFound)
      expect(await refusal(adapter.destroy('one'))).to.be.instanceOf(errors.SessionNotFound)
    }
  })

  it('a session or grant is absent with the mirror of another account', async () => {
    await guarded.adapterOf('Session').upsert('cookie', session('ana'), 60)
    rows.set('Session:cookie', session('ben'))
    expect(await guarded.adapterOf('Session').find('cookie')).to.equal(undefined)
    expect(await guarded.adapterOf('Session').findByUid('uid')).to.equal(undefined)
    const payload = stamped('ana')
    await guarded.adapterOf('Grant').upsert(payload.jti!, payload, 60)
    rows.set(`Grant:${payload.jti!}`, { ...payload, accountId: 'ben' })
    expect(await guarded.adapterOf('Grant').find(payload.jti!)).to.equal(undefined)
  })

  it('a mirror is written before the row, so that no row lacks one', async () => {
    failures.upsert = new Error('the database is full')
    expect(await refusal(guarded.adapterOf('Session').upsert('cookie', session('ana'), 60))).to.equal(failures.upsert)
    expect(await artefacts.countOfAccount('Session', 'ana')).to.equal(1)
    // Without the host's row there is no session, whatever the mirror says.
    expect(await guarded.adapterOf('Session').find('cookie')).to.equal(undefined)
    expect(await guarded.rows.session('ana', 'uid')).to.equal(null)
  })

  it('a session that ends while its row is written stays ended', async () => {
    const sessions = guarded.adapterOf('Session')
    await sessions.upsert('cookie', session('ana'), 60)
    const held = Promise.withResolvers<void>()
    const { upsert } = made.get('Session')!
    made.get('Session')!.upsert = async (...args) => {
      await held.promise
      await upsert(...args)
    }
    const saving = sessions.upsert('next cookie', { ...session('ana'), jti: 'next cookie' }, 60)
    expect(await guarded.rows.endSession('uid')).to.equal(true)
    held.resolve()
    await saving
    expect(rows.has('Session:next cookie')).to.equal(true)
    expect(await sessions.find('next cookie')).to.equal(undefined)
    expect(await sessions.findByUid('uid')).to.equal(undefined)
  })

  it('without the adapter its sessions and grants do not exist, nor those of before it with it', async () => {
    const payload = stamped('ana')
    const own = createStorage(
      options(() => undefined),
      {},
    )
    for (const [from, to] of [
      [guarded, own],
      [own, guarded],
    ] as const) {
      await from.adapterOf('Session').upsert('cookie', session('ana'), 60)
      await from.adapterOf('Grant').upsert(payload.jti!, payload, 60)
      rows.delete('Session:cookie')
      rows.delete(`Grant:${payload.jti!}`)
      expect(await to.adapterOf('Session').find('cookie')).to.equal(undefined)
      expect(await to.adapterOf('Session').findByUid('uid')).to.equal(undefined)
      expect(await to.adapterOf('Grant').find(payload.jti!)).to.equal(undefined)
      await from.rows.endSession('uid')
      await from.rows.endGrant(payload.jti!)
    }
  })

  it('what carries no stamp is the host’s alone', async () => {
    const unstamped: AdapterPayload = { jti: 'cookie', uid: 'uid', accountId: 'ana' }
    await guarded.adapterOf('Session').upsert('cookie', unstamped, 60)
    await guarded.adapterOf('Grant').upsert('made by the host', grant('ana', 'made by the host'), 60)
    expect(await guarded.adapterOf('Session').find('cookie')).to.deep.equal(unstamped)
    expect(await guarded.adapterOf('Grant').find('made by the host')).to.deep.equal(grant('ana', 'made by the host'))
    for (const kind of ['Session', 'Grant']) expect(await artefacts.countOfAccount(kind, 'ana')).to.equal(0)
  })

  it('the adapters of clients and of their own tokens are passed on untouched', () => {
    for (const model of ['Client', 'InitialAccessToken', 'RegistrationAccessToken', 'ClientCredentials'])
      expect(guarded.adapterOf(model)).to.equal(made.get(model))
  })

  describe('when a row to delete is not there', () => {
    const kinds = ['Session', 'Grant', 'AccessToken', 'RefreshToken', 'Interaction']
    for (const failure of [known('P2025'), Object.assign(new Error('no entity'), { name: 'EntityNotFoundError' })])
      it(`succeeds, though the adapter throws ${failure.name} ${failure.message}`, async () => {
        failures.destroy = failures.revokeByGrantId = failure
        for (const kind of kinds) {
          await guarded.adapterOf(kind).destroy('gone')
          await guarded.adapterOf(kind).revokeByGrantId('gone')
        }
      })

    it('succeeds, whatever the adapter throws', async () => {
      failures.destroy = new Error('cannot delete what is not there')
      for (const kind of kinds) await guarded.adapterOf(kind).destroy('gone')
    })
  })

  it('a failure to delete a row that is there is passed on', async () => {
    failures.destroy = failures.revokeByGrantId = known('ECONNRESET')
    const tokens = guarded.adapterOf('AccessToken')
    await tokens.upsert('one', { jti: 'one' }, 60)
    expect(await refusal(tokens.destroy('one'))).to.equal(failures.destroy)
    expect(await refusal(tokens.revokeByGrantId('a grant'))).to.equal(failures.destroy)
  })

  it('a session or grant ends although its row cannot be deleted, which is reported', async () => {
    const payload = stamped('ana')
    await guarded.adapterOf('Session').upsert('cookie', session('ana'), 60)
    await guarded.adapterOf('Grant').upsert(payload.jti!, payload, 60)
    failures.destroy = known('ECONNRESET')
    expect(await guarded.rows.endSession('uid')).to.equal(true)
    expect(await guarded.rows.endGrant(payload.jti!)).to.equal(true)
    expect(reported).to.deep.equal([failures.destroy, failures.destroy])
    expect(await guarded.adapterOf('Session').find('cookie')).to.equal(undefined)
    expect(await guarded.adapterOf('Grant').find(payload.jti!)).to.equal(undefined)
  })

  it('an unstamped grant that cannot be deleted is not said to have ended', async () => {
    await guarded.adapterOf('Grant').upsert('made by the host', grant('ana', 'made by the host'), 60)
    failures.destroy = known('ECONNRESET')
    expect(await refusal(guarded.rows.endGrant('made by the host'))).to.equal(failures.destroy)
  })
})
