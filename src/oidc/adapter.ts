/** node-oidc-provider's adapter over our store. The library checks first and acts later, so single use is atomic here. */
import { type Adapter, type AdapterPayload, errors, Provider } from 'oidc-provider'
import type { Artefact, ArtefactOptions, Artefacts } from '../store/store.ts'
import { endGrantsOfSession } from './endGrants.ts'
import { createRequestMemory } from './requestMemory.ts'
import { ended } from './requestWrites.ts'
import type { AccountRows } from './rows.ts'
import { refuseRepetition, refuseSecondUse, type SecondUseOptions } from './secondUse.ts'

/** A session's row is keyed by its `uid`. The cookie's id is an index, so that its rotation leaves no old row. */
const SESSION = 'Session'

/** Marks single sessions as ended. Written before the row is deleted, so that a later save of the session finds it. */
export const ENDED_SESSION = 'EndedSession'

/** Sessions that a request has read: they may have been ended before the request saves them again. */
const foundSessions = createRequestMemory<true>()

interface Saving {
  readonly id: string
  readonly payload: AdapterPayload
  readonly text: string
  readonly options: ArtefactOptions
  readonly rows: AccountRows
}

/** Models whose `upsert` is more than a write. */
const saves: Readonly<Record<string, (artefacts: Artefacts, saving: Saving) => Promise<void>>> = {
  // Outside the provider's own requests a sign-in is only changed: a resumed one must not be created again.
  async Interaction(artefacts, { id, text, options }) {
    if (Provider.ctx) return artefacts.put('Interaction', id, text, options)
    if (!(await artefacts.replace('Interaction', id, text, options.expiresAt)))
      throw new errors.SessionNotFound('this sign-in was already finished')
  },

  async ReplayDetection(artefacts, { id, text, options }) {
    const isFirst = await artefacts.add('ReplayDetection', id, text, options)
    if (!isFirst) throw new errors.InvalidRequest('this was already used')
  },

  async Session(artefacts, { payload, text, options, rows }) {
    const uid = String(payload.uid)
    await artefacts.put(SESSION, uid, text, options)
    // The library saves a session at the end of every request; a concurrent one would restore an ended session and its grants.
    if (!foundSessions.noted(uid) || !(await artefacts.get(ENDED_SESSION, uid))) return
    await artefacts.delete(SESSION, uid)
    const { accountId } = payload
    await ended()
    if (accountId) await endGrantsOfSession(rows, { accountId, uid, remembered: [] })
  },
}

export interface StoredAdapterOptions extends SecondUseOptions {
  readonly artefacts: Artefacts
  readonly rows: AccountRows
}

export function storedAdapter(kind: string, given: StoredAdapterOptions): Adapter {
  const { artefacts, clock, rows } = given
  const save = saves[kind] ?? ((_, { id, text, options }) => artefacts.put(kind, id, text, options))
  return {
    async upsert(id, payload, expiresIn) {
      // For a row saved again in the second of its expiry, the library asks for 0 seconds.
      const expires = expiresIn === undefined ? {} : { expiresAt: clock.now() + Math.max(1, expiresIn) }
      const options = { ...expires, indexes: indexesOf(kind, id, payload) }
      await save(artefacts, { id, payload, text: JSON.stringify(payload), options, rows })
    },
    ...finders(kind, given),
    async consume(id) {
      if (await artefacts.take(kind, id)) return
      const found = await artefacts.get(kind, id)
      await refuseSecondUse({ kind, payload: payloadOf(found), takenAt: found?.takenAt ?? null }, given)
    },
    async destroy(id) {
      const key = kind === SESSION ? (await artefacts.find(SESSION, 'uid', id))?.id : id
      const isDeleted = key !== undefined && (await artefacts.delete(kind, key))
      // A resume destroys the interaction before it creates the session: only one of two resumes may continue. It is read in a round trip
      // of its own before that: in an outage the request fails there, and the sign-in can go on afterwards.
      if (!isDeleted && kind === 'Interaction') throw new errors.SessionNotFound('this sign-in was already finished')
    },
    revokeByGrantId: (grantId) => artefacts.deleteOfGrant(kind, grantId),
  }
}

function finders(kind: string, options: StoredAdapterOptions): Pick<Adapter, 'find' | 'findByUid' | 'findByUserCode'> {
  const { artefacts } = options
  return {
    async find(id) {
      if (kind !== SESSION) {
        const found = await artefacts.get(kind, id)
        const payload = payloadOf(found)
        refuseRepetition({ kind, payload, takenAt: found?.takenAt ?? null }, options)
        return payload
      }
      const found = await artefacts.find(SESSION, 'uid', id)
      if (found) foundSessions.note(found.id, true)
      return payloadOf(found)
    },
    findByUid: async (uid) =>
      payloadOf(kind === SESSION ? await artefacts.get(SESSION, uid) : await artefacts.find(kind, 'uid', uid)),
    findByUserCode: async (userCode) => payloadOf(await artefacts.find(kind, 'userCode', userCode)),
  }
}

function payloadOf(found: Artefact | null): AdapterPayload | undefined {
  if (!found) return undefined
  const payload = JSON.parse(found.text) as AdapterPayload
  return found.takenAt === null ? payload : { ...payload, consumed: found.takenAt }
}

function indexesOf(kind: string, id: string, { uid, userCode, grantId, accountId }: AdapterPayload) {
  return {
    ...(kind === SESSION ? { uid: id } : uid ? { uid } : {}),
    ...(userCode ? { userCode } : {}),
    ...(grantId ? { grantId } : {}),
    ...(accountId ? { accountId } : {}),
  }
}
