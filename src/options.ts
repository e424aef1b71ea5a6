/** What an integrator may set: parsed, completed with defaults, refused when it does not fit. */
import { defaultRules, ruleFaults, type Rules } from './core/rules.ts'
import type { SealingKey } from './crypto/sealing.ts'
import {
  type AuditEvent,
  type AuditLog,
  type Clock,
  type Directory,
  type LimitEvent,
  type Mailer,
  managementScopes,
  type App,
  apps,
} from './ports.ts'
import type { Store } from './store/store.ts'
import { type Brand, languages } from './i18n/messages.ts'

export interface RekeyOptions {
  /** Issuer URL: the only source of every link in every mail. https, or http on loopback. */
  readonly issuer: string
  /** Takes an http issuer off loopback too: passwords, codes and tokens travel unencrypted. Default false. */
  readonly allowPlainHttp?: boolean
  readonly store: Store
  readonly directory: Directory
  readonly mail: Mailer
  /** Newest first, 32 bytes each: what is stored and what browsers keep is sealed with the first, opened with any. */
  readonly keys: readonly SealingKey[]
  /** Default: kept in the store's `audit` journal. */
  readonly audit?: AuditLog
  /** Receives each line of the audit once it is written, in this process. Default: none. */
  readonly onAudit?: (event: AuditEvent) => void
  /** Audit lines about sign-ins that were given up because too many waited for the log. Default nothing. */
  readonly onAuditDropped?: (count: number) => void
  /** Receives wrong passwords and attempts that a limit stopped, in this process: for metrics and logs. Default: none. */
  readonly onLimit?: (event: LimitEvent) => void
  /** Default: the system's clock. */
  readonly clock?: Clock
  /** Refused when one is out of its range. Default: `defaultRules`. */
  readonly rules?: Partial<Rules>
  readonly brand?: Brand
  /** BCP 47, the first is the fallback; those without words are left out. Default: every language there are words for. */
  readonly languages?: readonly string[]
  /**
   * Path of a folder of your own pages: `{name}.ejs` and `partials/{name}.ejs` there take the place of ours in `views/`, with the same
   * `locals`. They are code of yours. A name that we do not have is refused. Default null: every page is ours.
   */
  readonly viewsDirectory?: string | null
  /** What an authenticator app calls this service. Default: the brand's name. No ":". */
  readonly issuerName?: string
  /** Where **Sign in** leads after a mailed link. Default `/account`. */
  readonly signInUrl?: string
  /** `always` (default): every sign-in has a second factor; `when_requested`: when a request's acr asks for it. */
  readonly required?: 'always' | 'when_requested'
  readonly acr?: { readonly twoFactor: string; readonly oneFactor: string }
  /** Whether a reset must say how the person was verified. Default false. */
  readonly requireReason?: boolean
  /** Groups whose members people with the role helpdesk may look after. Default none, which means everybody below them. */
  readonly helpdeskGroups?: readonly string[]
  /** Lifetime of an access token for the management API. Seconds, default 300. */
  readonly managementTokenSeconds?: number
  /**
   * How much one network (an IPv4 address, an IPv6 /64) may have this process store by requests without a session. Writes of 2 KB
   * a minute; null: no limit. Default 1200: 25 MB at most, since they live ten minutes.
   */
  readonly anonymousWritesPerMinute?: number | null
  /** Which of our own places there are: the console at `/admin`, the own account at `/account`. Default both. */
  readonly apps?: readonly App[]
  /**
   * Ids of clients that need no consent page and may ask for changes of one's own account: for clients kept in your adapter. Static `clients`
   * say `first_party: true` instead. What a client registers or publishes about itself says nothing here. Default none.
   */
  readonly firstParty?: readonly string[]
  /** Scopes of the management API, by client id; for static `clients`, `management_scopes` says the same. Default none. */
  readonly managementScopes?: Readonly<Record<string, readonly string[]>>
  /** Receives failures behind a 5xx, and those that no request waits for. Default: they are dropped. */
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
  // It ends the name in the label of an otpauth URI, and apps do not undo its escape.
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

/** The only place where milliseconds exist. */
export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) }
