/** The table of checks, by the moment at which each can run. */
import { adapterFields, adapterOnce, index } from './adapter.ts'
import type { Check, Facts, FindingId, RequestFacts } from './check.ts'
import { clients } from './clients.ts'
import { installedVersions, twoCopies, version } from './library.ts'
import { mail } from './mail.ts'
import { cookieKeys, notWrapped, policy, signIn } from './mount.ts'
import { directory } from './directory.ts'
import { factors } from './factors.ts'
import { hostSessions, mountPath, proxy } from './request.ts'
import { clock, keys, store } from './store.ts'

export type Row<Given> = Check<Given> & { readonly id: FindingId }

const versions: Check<Facts> = { ...version, run: () => version.run(installedVersions()) }

/** Before anything else: the others are about a provider of this copy. */
export const libraryChecks: readonly Row<Facts>[] = [
  { id: 'two-copies', ...twoCopies },
  { id: 'version', ...versions },
]

/** The others are about a configuration of ours. */
export const wrapChecks: readonly Row<Facts>[] = [{ id: 'not-wrapped', ...notWrapped }]

/** The last of those that `attach` runs at once. */
export const mountChecks: readonly Row<Facts>[] = [
  { id: 'policy', ...policy },
  { id: 'cookie-keys', ...cookieKeys },
]

export const startChecks: readonly Row<Facts>[] = [
  { id: 'sign-in', ...signIn },
  { id: 'directory', ...directory },
  { id: 'factors', ...factors },
  { id: 'adapter-fields', ...adapterFields },
  { id: 'adapter-once', ...adapterOnce },
  { id: 'index', ...index },
  { id: 'store', ...store },
  { id: 'clock', ...clock },
  { id: 'keys', ...keys },
  { id: 'mail', ...mail },
  { id: 'clients', ...clients },
]

/** At the first request for the authorization endpoint. */
export const requestChecks: readonly Row<RequestFacts>[] = [
  { id: 'proxy', ...proxy },
  { id: 'mount-path', ...mountPath },
  { id: 'host-sessions', ...hostSessions },
]
