/** Options of `createRekey()`: validated and completed with defaults. */
import { systemClock } from './clock.ts'
import { defaultRules, ruleFaults, type Rules } from './core/rules.ts'
import type { SealingKey } from './crypto/sealing.ts'
import {
  type AuditEvent,
  type AuditLog,
  type Brand,
  type Clock,
  type Directory,
  type LimitEvent,
  type Mailer,
  managementScopes,
  type App,
  apps,
} from './ports.ts'
import type { Store } from './store/store.ts'
import { languages } from './i18n/messages.ts'

export interface RekeyOptions {
  /** Issuer URL: the only source of every link in every mail. https, or http on loopback. */
  readonly issuer: string
  /** Allows an http issuer that is not on loopback: passwords, codes and tokens are sent unencrypted. Default false. */
  readonly allowPlainHttp?: boolean
  readonly store: Store
  readonly directory: Directory
  readonly mail: Mailer
  /** Newest first, 32 bytes each: records and cookies are sealed with the first, opened with any. */
  readonly keys: readonly SealingKey[]
  /** Default: the store's `audit` journal. */
  readonly audit?: AuditLog
  /** Receives each audit event after it was written, in this process. Default: none. */
  readonly onAudit?: (event: AuditEvent) => void
  /** Receives the number of audit events about sign-ins that were dropped because too many waited for the log. Default: none. */
  readonly onAuditDropped?: (count: number) => void
  /** Receives wrong passwords and attempts that a limit stopped, in this process: for metrics and logs. Default: none. */
  readonly onLimit?: (event: LimitEvent) => void
  /** Default: the system's clock. */
  readonly clock?: Clock
  /** Refused when one is out of its range. Default: `defaultRules`. */
  readonly rules?: Partial<Rules>
  readonly brand?: Brand
  /** BCP 47, the first is the fallback; those without messages are ignored. Default: every language with messages. */
  readonly languages?: readonly string[]
  /**
   * Path of a folder with your own pages: `{name}.ejs` and `partials/{name}.ejs` in it replace those in `views/`, with the same `locals`.
   * Templates are code. A name that is not in `views/` is refused. Default null: every page is ours.
   */
  readonly viewsDirectory?: string | null
  /** Name of this service in an authenticator app. Default: the brand's name. No ":". */
  readonly issuerName?: string
  /** Where **Sign in** leads after a mailed link. Default `/account`. */
  readonly signInUrl?: string
  /** `always` (default): every sign-in has a second factor; `when_requested`: when a request's acr asks for it. */
  readonly required?: 'always' | 'when_requested'
  readonly acr?: { readonly twoFactor: string; readonly oneFactor: string }
  /** Whether a reset needs a reason: how the person was verified. Default false. */
  readonly requireReason?: boolean
  /** Groups that the role helpdesk may manage. Default none: everyone without a role. */
  readonly helpdeskGroups?: readonly string[]
  /** Lifetime of an access token for the management API. Seconds, default 300. */
  readonly managementTokenSeconds?: number
  /**
   * Limit on what requests without a session of one network (an IPv4 address, an IPv6 /64) may store. Writes of 2 KB a minute; null: no
   * limit. Default 1200: 25 MB at most, since they expire after ten minutes.
   */
  readonly anonymousWritesPerMinute?: number | null
  /** The first-party applications that are served: the console at `/admin`, the own account at `/account`. Default both. */
  readonly apps?: readonly App[]
  /**
   * Ids of clients without a consent page and with account prompts, for clients in your adapter. Static `clients` have
   * `first_party: true` instead. Metadata that a client registers or publishes grants nothing. Default none.
   */
  readonly firstParty?: readonly string[]
  /** Allowed scopes of the management API by client id; static `clients` have `management_scopes` instead. Default none. */
  readonly managementScopes?: Readonly<Record<string, readonly string[]>>
  /** Receives errors behind a 5xx and errors of background work. Default: they are dropped. */
  readonly onError?: (error: unknown, doing: string) => void
}

export type CompleteOptions = Required<Omit<RekeyOptions, 'audit' | 'rules'>> & {
  readonly rules: Rules
  readonly audit: AuditLog | null
  /** Path of the issuer: '' or '/oidc'. */
  readonly base: string
  readonly secure: boolean
}

export function completeOptions(options: RekeyOptions): CompleteOptions {
  const issuer = new URL(options.issuer)
  if (issuer.search || issuer.hash || options.issuer.endsWith('/'))
    throw new TypeError('issuer: no query, no fragment, no slash at the end')
  const isPlain = issuer.protocol === 'http:' && (isLoopback(issuer.hostname) || options.allowPlainHttp === true)
  if (issuer.protocol !== 'https:' && !isPlain)
    throw new TypeError('issuer: must be https (or set allowPlainHttp: true)')
  const brand = options.brand ?? { name: 'oidc-rekey' }
  const issuerName = options.issuerName ?? brand.name.replaceAll(':', ' ')
  // A colon ends the issuer in the label of an otpauth URI, and apps do not decode its escape.
  if (issuerName.includes(':')) throw new TypeError('issuerName: no ":"')
  const spoken = (options.languages ?? languages).filter((language) => languages.includes(language))
  const { hashPassword, setPassword } = options.directory
  if (!hashPassword !== !setPassword) throw new TypeError('directory: hashPassword and setPassword go together')
  if (spoken.length === 0) throw new TypeError(`languages: there are words for ${languages.join(', ')} only`)
  return Object.freeze({
    ...options,
    brand,
    issuerName,
    languages: spoken,
    viewsDirectory: options.viewsDirectory ?? null,
    audit: options.audit ?? null,
    clock: options.clock ?? systemClock,
    rules: completeRules(options.rules),
    signInUrl: options.signInUrl ?? '/account',
    required: options.required ?? 'always',
    acr: options.acr ?? { twoFactor: 'urn:oidc-rekey:acr:2fa', oneFactor: 'urn:oidc-rekey:acr:1fa' },
    requireReason: options.requireReason ?? false,
    helpdeskGroups: options.helpdeskGroups ?? [],
    managementTokenSeconds: options.managementTokenSeconds ?? 300,
    allowPlainHttp: options.allowPlainHttp ?? false,
    anonymousWritesPerMinute: writesPerMinute(options.anonymousWritesPerMinute),
    apps: options.apps ?? apps,
    firstParty: options.firstParty ?? [],
    managementScopes: grantedScopes(options.managementScopes),
    onAudit: options.onAudit ?? (() => undefined),
    onAuditDropped: options.onAuditDropped ?? (() => undefined),
    onLimit: options.onLimit ?? (() => undefined),
    onError: options.onError ?? (() => undefined),
    base: issuer.pathname === '/' ? '' : issuer.pathname,
    secure: issuer.protocol === 'https:',
  })
}

function writesPerMinute(given: number | null = 1200): number | null {
  if (given === null || (Number.isInteger(given) && given >= 10 && given <= 1_000_000)) return given
  throw new TypeError(`anonymousWritesPerMinute: must be a whole number from 10 to 1000000, or null, is ${given}`)
}

function completeRules(given: Partial<Rules> = {}): Rules {
  const said = Object.entries(given).filter(([, value]) => (value as unknown) !== undefined)
  const rules: Rules = { ...defaultRules, ...Object.fromEntries(said) }
  const faults = ruleFaults(rules)
  if (faults.length > 0) throw new TypeError(faults.map((fault) => `rules.${fault}`).join('\n'))
  return Object.freeze(rules)
}

function grantedScopes(
  given: Readonly<Record<string, readonly string[]>> = {},
): Readonly<Record<string, readonly string[]>> {
  for (const [clientId, scopes] of Object.entries(given)) {
    const unknown = scopes.find((scope) => !managementScopes.some((known) => known === scope))
    if (unknown !== undefined) throw new TypeError(`managementScopes.${clientId}: no scope ${JSON.stringify(unknown)}`)
  }
  return given
}

/** Reachable from this machine only. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host)
