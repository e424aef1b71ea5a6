/** The types of a check: what it is given, and what it answers. */
import type { Provider } from 'oidc-provider'
import type { Finding } from '../errors.ts'
import type { Attachment } from '../oidc/attachment.ts'
import type { RequestSeen } from '../oidc/inspection.ts'
import type { CompleteOptions } from '../options.ts'
import type { AuditLog } from '../ports.ts'

export const findingIds = [
  'two-copies',
  'version',
  'not-wrapped',
  'policy',
  'sign-in',
  'cookie-keys',
  'proxy',
  'mount-path',
  'factors',
  'directory',
  'adapter-fields',
  'adapter-once',
  'index',
  'store',
  'clock',
  'keys',
  'host-sessions',
  'mail',
  'clients',
  'outside',
] as const
export type FindingId = (typeof findingIds)[number]

export type Severity = Finding['severity']

export interface Facts extends Pick<
  CompleteOptions,
  | 'issuer'
  | 'secure'
  | 'base'
  | 'store'
  | 'directory'
  | 'mail'
  | 'keys'
  | 'clock'
  | 'apps'
  | 'mountPath'
  | 'clientIds'
  | 'isBarred'
> {
  readonly audit: AuditLog
  readonly provider: Provider
  readonly attachment: Attachment
  /** The provider was attached before. */
  readonly isSecond: boolean
  /** Whether a page or call of ours answers at this path. */
  readonly isOurs: (path: string) => boolean
  /** Whether there are people and no record, and nothing is said of the factors that they have elsewhere. */
  readonly areFactorsUnsaid: () => Promise<boolean>
  /** Sign-ins of a page of the host's that no browser is bound to. Count. */
  readonly unboundSignIns: () => number
  /** Sign-ins that a page of the host's finished without `loginResult`. Count. */
  readonly unstampedSignIns: () => number
}

/** What is wrong, in one sentence without its full stop. */
export interface Trouble {
  readonly found: string
  /** Default: that of the check. */
  readonly severity?: Severity
  /** What to do. Default: that of the check. */
  readonly mend?: string
}

export interface Check<Given> {
  readonly severity: Severity
  readonly mend: string
  run(given: Given): readonly Trouble[] | Promise<readonly Trouble[]>
}

export type RequestFacts = Facts & { readonly request: RequestSeen }

/** Begins each id that a check writes. */
export const CANARY = 'rekey-doctor-'

export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ')

export const findingsOf = (row: Pick<Finding, 'id' | 'severity' | 'mend'>, troubles: readonly Trouble[]): Finding[] =>
  troubles.map(({ found, severity = row.severity, mend = row.mend }) => ({
    id: row.id,
    severity,
    found,
    mend,
    docs: `docs/doctor.md#${row.id}`,
  }))
