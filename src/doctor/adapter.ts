/** The host's adapter: whether it keeps what it is given, and what the guard makes of it. */
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { isDeepStrictEqual } from 'node:util'
import { forgetRow } from '../oidc/guard.ts'
import { listOf } from '../oidc/rows.ts'
import { configurationOf } from '../oidc/internals.ts'
import { canaries, CANARY_SECONDS, canaryId, featureCanaries, type Rows } from './canaries.ts'
import { type Check, type Facts, messageOf, type Trouble } from './check.ts'

export const adapterFields: Check<Facts> = {
  severity: 'fatal',
  mend: 'Keep the payload whole, as JSON of any length, under ids of 72 characters or more, for every model',
  async run({ attachment, clock, provider }) {
    const { ofHost } = attachment.storage()
    if (!ofHost) return []
    const { features } = configurationOf(provider) ?? attachment.configuration()
    const now = clock.now()
    const faultsOf = async (rows: Rows): Promise<readonly Fault[]> => {
      const found = await Promise.all(
        Object.entries(rows).map(([model, payload]) => faultOf(ofHost(model), model, payload)),
      )
      return found.filter((fault) => fault !== null)
    }
    const ofFeatures = await faultsOf(featureCanaries(features, now))
    const revoked = await revokedTooMuch(ofHost, now)
    return [
      ...troublesOf(await faultsOf(canaries(now))),
      ...troublesOf(ofFeatures).map((trouble) => ({ ...trouble, severity: 'warn' as const, mend: featureAdvice })),
      ...(revoked.length === 0 ? [] : [revokes(revoked)]),
    ]
  },
}

const featureAdvice = 'Keep these models too, or switch off the feature that stores them'

const revokes = (models: readonly string[]): Trouble => ({
  severity: 'warn',
  found: `revokeByGrantId of the adapter of AccessToken deletes rows of ${models.join(' and ')} with the same grant`,
  mend: 'Let revokeByGrantId delete rows of its own model only: a sign-in that is under way would end',
})

/** Models that do not survive the revocation of a token with their grant. */
async function revokedTooMuch(ofHost: (model: string) => Adapter, now: number): Promise<string[]> {
  const { Interaction, Session } = canaries(now)
  const grantId = canaryId()
  const rows = Object.entries({ Interaction, Session }).map(
    ([model, payload]) => [model, { ...payload, grantId }, payload?.jti ?? ''] as const,
  )
  try {
    for (const [model, payload, id] of rows) await ofHost(model).upsert(id, payload, CANARY_SECONDS)
    await ofHost('AccessToken').revokeByGrantId(grantId)
    const left = await Promise.all(rows.map(([model, , id]) => ofHost(model).find(id)))
    return rows.flatMap(([model], at) => (left[at] ? [] : [model]))
  } catch {
    // What it cannot store is a fault of its own.
    return []
  } finally {
    for (const [model, , id] of rows)
      await ofHost(model)
        .destroy(id)
        .catch(() => undefined)
  }
}

interface Fault {
  readonly model: string
  /** Ends before the name of the model. */
  readonly does: string
}

/** One sentence for all models: those with the same fault together. */
function troublesOf(faults: readonly Fault[]): Trouble[] {
  const kinds = [...new Set(faults.map(({ does }) => does))]
  const modelsOf = (kind: string): string =>
    faults.flatMap(({ does, model }) => (does === kind ? [model] : [])).join(', ')
  return kinds.length === 0
    ? []
    : [{ found: `the adapter ${kinds.map((kind) => `${kind} ${modelsOf(kind)}`).join('; ')}` }]
}

async function faultOf(adapter: Adapter, model: string, payload: AdapterPayload): Promise<Fault | null> {
  const id = payload.jti ?? ''
  try {
    const does = await whatItDoes(adapter, model, payload)
    return does === null ? null : { model, does }
  } catch (error) {
    return { model, does: `fails (${messageOf(error)}) for` }
  } finally {
    await adapter.destroy(id).catch(() => undefined)
  }
}

async function whatItDoes(adapter: Adapter, model: string, payload: AdapterPayload): Promise<string | null> {
  const id = payload.jti ?? ''
  await adapter.upsert(id, payload, CANARY_SECONDS)
  const byId = await adapter.find(id)
  if (!byId) return 'keeps no'
  const byUid = model === 'Session' ? await adapter.findByUid(String(payload.uid)) : byId
  if (!byUid) return 'does not find by its uid a'
  const byCode = payload.userCode ? await adapter.findByUserCode(payload.userCode) : byId
  if (!byCode) return 'does not find by its user code a'
  const lost = [...new Set([byId, byUid, byCode].flatMap((found) => lostOf(payload, found)))]
  if (lost.length > 0) return `loses or changes ${lost.join(', ')} of`
  if (await adapter.find(sibling(id))) return 'cuts ids, and finds by that of another row a'
  await adapter.destroy(id)
  if (await adapter.find(id)) return 'still finds after destroy a'
  await adapter.destroy(id)
  return null
}

/** Differs in the last character only. */
const sibling = (id: string): string => id.slice(0, -1) + (id.endsWith('A') ? 'B' : 'A')

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
