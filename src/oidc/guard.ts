/**
 * Around a host's adapter. Its rows stay where the host's tools read, count and delete them; our store decides what happens once, and
 * which account a session or grant belongs to. The library checks first and acts later, and few adapters compare in between.
 */
import { type Adapter, type AdapterPayload, errors, Provider } from 'oidc-provider'
import { storedAdapter } from './adapter.ts'
import { mirrored, type MirrorOptions } from './mirrors.ts'
import { createRequestMemory } from './requestMemory.ts'
import { refuseRepetition, refuseSecondUse } from './secondUse.ts'

export interface GuardOptions extends MirrorOptions {
  readonly onError: (error: unknown, doing: string) => void
}

/** Marks in our store. Each outlives its row: by clock differences, and by the time that a sign-in can still be extended. Seconds. */
const MARK_SECONDS = 7200
const TAKEN = 'Taken'
const FINISHED = 'Finished'

/** Deletes what the guard remembers of a row that served a check only. */
export async function forgetRow(artefacts: MirrorOptions['artefacts'], kind: string, id: string): Promise<void> {
  await Promise.all([artefacts.delete(TAKEN, `${kind} ${id}`), artefacts.delete(FINISHED, id)])
}

type Wrap = (host: Adapter, kind: string, options: GuardOptions) => Adapter

/** Models without an entry are the host's alone. */
const wraps: Readonly<Record<string, Wrap>> = {
  Session: mirrored,
  Grant: mirrored,
  AuthorizationCode: takenOnce,
  RefreshToken: takenOnce,
  DeviceCode: takenOnce,
  BackchannelAuthenticationRequest: takenOnce,
  PreAuthorizedCode: takenOnce,
  PushedAuthorizationRequest: takenOnce,
  Interaction: finishedOnce,
  ReplayDetection: seenOnce,
}

/** @param host one that `tolerant` has wrapped */
export const guard: Wrap = (host, kind, options) => wraps[kind]?.(host, kind, options) ?? host

/** Codes, refresh tokens, pushed requests: our mark decides, the host's `consume` only informs the host's tools. */
function takenOnce(host: Adapter, kind: string, options: GuardOptions): Adapter {
  const { artefacts, clock, onError } = options
  const found = createRequestMemory<AdapterPayload>()
  const markOf = (id: string): string => `${kind} ${id}`
  const withMark = (payload: AdapterPayload, mark: { readonly text: string } | null): AdapterPayload =>
    mark ? { ...payload, consumed: Number(mark.text) } : payload
  return {
    ...host,
    async find(id) {
      const [payload, mark] = await Promise.all([host.find(id), artefacts.get(TAKEN, markOf(id))])
      if (!payload) return undefined
      refuseRepetition({ kind, payload, takenAt: takenAtOf(mark) }, options)
      found.note(id, payload)
      return withMark(payload, mark)
    },
    async findByUserCode(userCode) {
      const payload = await host.findByUserCode(userCode)
      if (!payload?.jti) return payload
      return withMark(payload, await artefacts.get(TAKEN, markOf(payload.jti)))
    },
    async consume(id) {
      const payload = found.noted(id) ?? (await host.find(id))
      const now = clock.now()
      const expiresAt = markedUntil(payload, now)
      if (!(await artefacts.add(TAKEN, markOf(id), String(now), { expiresAt }))) {
        const takenAt = takenAtOf(await artefacts.get(TAKEN, markOf(id)))
        await refuseSecondUse({ kind, payload, takenAt }, options)
      }
      try {
        await host.consume(id)
      } catch (error) {
        onError(error, `consuming a ${kind} by the adapter`)
      }
    },
  }
}

const takenAtOf = (mark: { readonly text: string } | null): number | null => mark && Number(mark.text)

/** A sign-in is finished by the first `destroy`, whatever becomes of its row. */
function finishedOnce(host: Adapter, kind: string, { artefacts, clock }: GuardOptions): Adapter {
  const found = createRequestMemory<AdapterPayload>()
  const over = () => new errors.SessionNotFound('this sign-in was already finished')
  return {
    ...host,
    async find(id) {
      const [payload, mark] = await Promise.all([host.find(id), artefacts.get(FINISHED, id)])
      if (!payload || mark) return undefined
      found.note(id, payload)
      return payload
    },
    async upsert(id, payload, expiresIn) {
      // Outside the provider's own requests a sign-in is only changed: a resumed one must not be created again.
      if (!Provider.ctx && (await artefacts.get(FINISHED, id))) throw over()
      await host.upsert(id, payload, expiresIn)
    },
    async destroy(id) {
      const payload = found.noted(id) ?? (await host.find(id))
      const expiresAt = markedUntil(payload, clock.now())
      if (!(await artefacts.add(FINISHED, id, kind, { expiresAt }))) throw over()
      await host.destroy(id)
    },
  }
}

function seenOnce(host: Adapter, kind: string, options: GuardOptions): Adapter {
  const seen = storedAdapter(kind, options)
  return {
    ...host,
    async upsert(id, payload, expiresIn) {
      await seen.upsert(id, payload, expiresIn)
      await host.upsert(id, payload, expiresIn)
    },
  }
}

const markedUntil = (payload: AdapterPayload | undefined | void, now: number): number =>
  Math.max(payload?.exp ?? now, now) + MARK_SECONDS
