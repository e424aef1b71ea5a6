/** The host's adapter: whether it keeps what it is given, and what the guard makes of it. */
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { isDeepStrictEqual } from 'node:util'
import { newId } from '../crypto/tokens.ts'
import { forgetRow } from '../oidc/guard.ts'
import { listOf } from '../oidc/rows.ts'
import { CANARY, type Check, type Facts, messageOf, type Trouble } from './check.ts'

/** Lifetime of a canary whose removal fails. Seconds. */
const CANARY_SECONDS = 60

/** As long as the library's own ids: 43 characters. A grant's id with our stamp has up to 72. */
const canaryId = (): string => (CANARY + newId() + newId()).slice(0, 43)
const grantCanaryId = (): string => (CANARY + newId() + newId() + newId()).slice(0, 72)

type Rows = Readonly<Record<string, AdapterPayload>>

/** Rows with every field that the library and this package store, one of each model that is always on. */
function canaries(now: number): Rows {
  const accountId = canaryId()
  const grantId = grantCanaryId()
  const base = (kind: string, jti = canaryId()): AdapterPayload => ({ kind, jti, iat: now, exp: now + CANARY_SECONDS })
  const stamp = { accountId, epoch: now, at: null }
  const params = { client_id: 'rekey-doctor', scope: 'openid', claims: '{"id_token":{"acr":null}}', state: 'ä €' }
  const ofGrant = { accountId, clientId: 'rekey-doctor', grantId, scope: 'openid', sessionUid: canaryId() }
  return {
    Session: {
      ...base('Session'),
      uid: canaryId(),
      accountId,
      loginTs: now,
      acr: 'urn:oidc-rekey:acr:2fa',
      amr: ['pwd', 'otp', 'mfa'],
      authorizations: { 'rekey-doctor': { sid: canaryId(), grantId, persistsLogout: true } },
      twoFactor: stamp,
      device: { browser: 'Firefox', system: 'Linux' },
    },
    Grant: {
      ...base('Grant', grantId),
      accountId,
      clientId: 'rekey-doctor',
      openid: { scope: 'openid', claims: ['sub'] },
      resources: { 'https://rekey-doctor.example': 'read' },
    },
    Interaction: {
      ...base('Interaction'),
      returnTo: `https://rekey-doctor.example/auth/${canaryId()}`,
      prompt: { name: 'two_factor', reasons: ['second_factor_missing'], details: {} },
      params,
      session: { accountId, uid: canaryId(), cookie: canaryId(), acr: 'urn:oidc-rekey:acr:1fa', amr: ['pwd'] },
      lastSubmission: { login: { accountId, ts: now } },
      result: { twoFactor: stamp, browser: canaryId() },
    },
    AuthorizationCode: {
      ...base('AuthorizationCode'),
      ...ofGrant,
      codeChallenge: canaryId(),
      codeChallengeMethod: 'S256',
    },
    AccessToken: { ...base('AccessToken'), ...ofGrant, extra: { acr: 'urn:oidc-rekey:acr:2fa', auth_time: now } },
    RefreshToken: { ...base('RefreshToken'), ...ofGrant, rotations: 0, iiat: now },
  }
}

export const adapterFields: Check<Facts> = {
  severity: 'fatal',
  mend: 'Keep the payload whole, as JSON of any length, under ids of 72 characters or more, for every model',
  async run({ attachment, clock }) {
    const { ofHost } = attachment.storage()
    if (!ofHost) return []
    const troubles = await Promise.all(
      Object.entries(canaries(clock.now())).map(([model, payload]) => troubleOf(ofHost(model), model, payload)),
    )
    return troubles.flat()
  },
}

async function troubleOf(adapter: Adapter, model: string, payload: AdapterPayload): Promise<Trouble[]> {
  const id = payload.jti ?? ''
  try {
    await adapter.upsert(id, payload, CANARY_SECONDS)
    const byId = await adapter.find(id)
    const byUid = model === 'Session' ? await adapter.findByUid(String(payload.uid)) : byId
    if (!byId) return [{ found: `the adapter keeps no ${model}` }]
    if (!byUid) return [{ found: `the adapter does not find a ${model} by its uid` }]
    const lost = [...new Set([...lostOf(payload, byId), ...lostOf(payload, byUid)])]
    if (lost.length > 0) return [{ found: `the adapter loses or changes ${lost.join(', ')} of a ${model}` }]
    await adapter.destroy(id)
    if (await adapter.find(id)) return [{ found: `the adapter still finds a ${model} after destroy` }]
    await adapter.destroy(id)
    return []
  } catch (error) {
    return [{ found: `the adapter fails for a ${model}: ${messageOf(error)}` }]
  } finally {
    await adapter.destroy(id).catch(() => undefined)
  }
}

/** Names of the fields that came back otherwise. Further fields are the adapter's own. */
const lostOf = (payload: AdapterPayload, found: AdapterPayload): string[] =>
  Object.keys(payload).filter((name) => !isDeepStrictEqual(plain(found[name]), plain(payload[name])))

/** As JSON: class instances of a database are equal to plain objects. */
const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))

/** Concurrent uses of one code. Count. */
const USES = 20

export const adapterOnce: Check<Facts> = {
  severity: 'fatal',
  mend: 'The store must mark as taken atomically: storeContract of oidc-rekey/testing checks it',
  async run({ attachment, clock, store: { artefacts } }) {
    const { adapterOf, ofHost } = attachment.storage()
    const kind = 'AuthorizationCode'
    const guarded = canaryId()
    const winners = await winnersOf(adapterOf(kind), guarded, clock.now())
    await forgetRow(artefacts, kind, guarded)
    if (winners !== 1) return [{ found: `${winners} of ${USES} concurrent uses of one code succeed` }]
    const bare = ofHost ? await winnersOf(ofHost(kind), canaryId(), clock.now()) : 1
    if (bare <= 1) return []
    const found = `${bare} of ${USES} concurrent uses of one code succeed in the adapter alone; the guard lets one pass`
    return [{ severity: 'info', found, mend: 'Nothing is to be done here' }]
  },
}

/** As the library uses a code: it reads, and then marks. */
async function winnersOf(adapter: Adapter, id: string, now: number): Promise<number> {
  const payload: AdapterPayload = { kind: 'AuthorizationCode', jti: id, iat: now, exp: now + CANARY_SECONDS }
  await adapter.upsert(id, payload, CANARY_SECONDS)
  const use = async (): Promise<boolean> => {
    const found = await adapter.find(id)
    if (!found || found.consumed) return false
    await adapter.consume(id)
    return true
  }
  try {
    const uses = await Promise.allSettled(Array.from({ length: USES }, use))
    return uses.filter((result) => result.status === 'fulfilled' && result.value).length
  } finally {
    await adapter.destroy(id)
  }
}

export const index: Check<Facts> = {
  severity: 'fatal',
  mend: 'The store must list what belongs to an account: storeContract of oidc-rekey/testing checks it',
  async run({ attachment, clock }) {
    const { adapterOf, rows } = attachment.storage()
    const { Session: payload } = canaries(clock.now())
    const { jti = '', uid, accountId } = payload ?? {}
    if (!payload || !uid || !accountId) return []
    const sessions = adapterOf('Session')
    await sessions.upsert(jti, payload, CANARY_SECONDS)
    try {
      const listed = await listOf(rows.all('Session', accountId))
      const isListed = listed.some(({ id }) => id === uid)
      const isEnded = isListed && (await rows.endSession(uid))
      return isEnded ? [] : [{ found: `a session is not ${isListed ? 'ended' : 'found'} by its account` }]
    } finally {
      await rows.endSession(uid).catch(() => undefined)
    }
  },
}
