/** Mirrors in our store of the sessions and grants in a host's adapter: an index by account, and the decision on what has ended. */
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Artefacts } from '../store/store.ts'
import { storedAdapter, type StoredAdapterOptions } from './adapter.ts'
import { type AccountRows, type Kind, pagesOf, storedRows } from './rows.ts'
import { isStamped } from './stamp.ts'

export type MirrorOptions = StoredAdapterOptions

/** A stamped row has a mirror in our store, written first. Without its mirror, or with one of another account, it is absent. */
export function mirrored(host: Adapter, kind: string, options: MirrorOptions): Adapter {
  const mirror = storedAdapter(kind, options)
  const hasMirror = (payload: AdapterPayload): boolean => isStamped(kind === 'Session' ? payload : (payload.jti ?? ''))

  async function both(...finding: readonly [Found, Found]): Promise<AdapterPayload | undefined> {
    const [payload, mirroredPayload] = await Promise.all(finding)
    if (!payload) return undefined
    const isKnown = isMirror(mirroredPayload) && mirroredPayload?.accountId === payload.accountId
    return isKnown || !hasMirror(payload) ? payload : undefined
  }

  return {
    ...host,
    async upsert(id, payload, expiresIn) {
      if (hasMirror(payload)) await mirror.upsert(id, { ...payload, isMirror: true }, expiresIn)
      await host.upsert(id, payload, expiresIn)
    },
    find: (id) => both(host.find(id), mirror.find(id)),
    findByUid: (uid) => both(host.findByUid(uid), mirror.findByUid(uid)),
    async destroy(id) {
      await mirror.destroy(id)
      await host.destroy(id)
    },
  }
}

type Found = ReturnType<Adapter['find']>

const isMirror = (payload: AdapterPayload | undefined | void): boolean => payload?.['isMirror'] === true

/** Once a host has removed its adapter, the mirrors are no sessions and grants: its tools may have deleted some of the rows. */
export function withoutMirrors(stored: Adapter): Adapter {
  const own = async (finding: Found): Found => {
    const payload = await finding
    return isMirror(payload) ? undefined : payload
  }
  return { ...stored, find: (id) => own(stored.find(id)), findByUid: (uid) => own(stored.findByUid(uid)) }
}

export interface MirroredRowsOptions {
  readonly artefacts: Artefacts
  readonly host: (kind: string) => Adapter
  /** Models with a grant id that the host has enabled: its adapter may know no others. */
  readonly ofGrant: readonly string[]
  /** Without its mirror a row is absent, so a host's row that could not be deleted is harmless. */
  readonly onError: (error: unknown, doing: string) => void
}

/** Reads the mirrors. Deleting one ends the session or grant; the host's rows are deleted after it. */
export function mirroredRows({ artefacts, host, ofGrant, onError }: MirroredRowsOptions): AccountRows {
  const mirrors = storedRows(artefacts)

  async function isPresent(kind: Kind, accountId: string, id: string): Promise<boolean> {
    const payload = await (kind === 'Session' ? host(kind).findByUid(id) : host(kind).find(id))
    return payload?.accountId === accountId
  }

  /** @param isEnded its mirror was deleted, which has ended it */
  async function deleteRows(isEnded: boolean, deleting: () => Promise<unknown>): Promise<boolean> {
    try {
      await deleting()
    } catch (error) {
      if (!isEnded) throw error
      onError(error, 'deleting ended rows by the adapter')
    }
    return isEnded
  }

  return {
    all: mirrors.all,
    async *present(kind, accountId) {
      for await (const page of pagesOf(artefacts, kind, accountId)) {
        const present = await Promise.all(page.map(({ id }) => isPresent(kind, accountId, id)))
        yield* page.filter((_, index) => present[index])
      }
    },
    async session(accountId, uid) {
      const found = await mirrors.session(accountId, uid)
      return found && (await isPresent('Session', accountId, uid)) ? found : null
    },
    async endSession(uid) {
      const isEnded = await artefacts.delete('Session', uid)
      return deleteRows(isEnded, async () => {
        const payload = await host('Session').findByUid(uid)
        if (payload?.jti) await host('Session').destroy(payload.jti)
      })
    },
    async endGrant(grantId) {
      const isEnded = await artefacts.delete('Grant', grantId)
      return deleteRows(isEnded, () =>
        Promise.all([host('Grant').destroy(grantId), ...ofGrant.map((kind) => host(kind).revokeByGrantId(grantId))]),
      )
    },
  }
}
