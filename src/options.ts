/** Options of `createRekey()`: validated and completed with defaults. */
import type { IncomingMessage } from 'node:http'
import { systemClock } from './clock.ts'
import { addressesOf } from './core/addressOptions.ts'
import { keepAll, type KeepAudit } from './core/auditRetention.ts'
import { refreshLeeway } from './core/refreshLeeway.ts'
import type { ResetOutcome } from './core/resetOutcomes.ts'
import { defaultRules, type Rules } from './core/rules.ts'
import { completeDirectory } from './hostDirectory.ts'
import { readKeys, type SealingKey } from './crypto/sealing.ts'
import { OptionsRefused } from './errors.ts'
import { optionFaults } from './optionFaults.ts'
import {
  type AuditEvent,
  type AuditLog,
  type Brand,
  type ClientIds,
  type Clock,
  type Directory,
  type HostDirectory,
  type LimitEvent,
  type RestrictedClaim,
  type Mailer,
  type App,
  apps,
} from './ports.ts'
import type { Store } from './store/store.ts'
import { type Languages, languagesIn } from './i18n/languages.ts'
import { createOutgoing, isBarredBy, type IsBarred, type Outgoing, type OutgoingOptions } from './outgoing/outgoing.ts'
import { isLoopback } from './core/loopback.ts'
import { type PasskeyOptions, passkeySettings, type PasskeySettings } from './core/passkeyAddress.ts'
import { type Logo, type Logos, readLogo } from './logos.ts'

export interface RekeyOptions {
  /** Issuer URL: the only source of every link in every mail. https, or http on loopback. */
  readonly issuer: string
  /** Allows an http issuer that is not on loopback: passwords, codes and tokens are sent unencrypted. Default false. */
  readonly allowPlainHttp?: boolean
  readonly store: Store
  readonly directory: HostDirectory
  readonly mail: Mailer
  /**
   * Newest first, 32 bytes each: records and cookies are sealed with the first, opened with any. As text `kid:BASE64URL`, separated by
   * commas. Undefined, as of a variable that is not set, is refused.
   */
  readonly keys: readonly SealingKey[] | string | undefined
  /** Default: the store's `audit` journal. */
  readonly audit?: AuditLog
  /**
   * How long the store's `audit` journal keeps lines; no effect beside `audit`. Days, 30–36500; null: for ever. `refusalsDays`: of refusals
   * alone, not longer than `days`. `onlyExported`: what `exportAudit` has not written is kept. Default: everything, for ever.
   */
  readonly keepAudit?: Partial<KeepAudit>
  /** Receives each audit event after it was written, in this process. Default: none. */
  readonly onAudit?: (event: AuditEvent) => void
  /** Receives the number of audit events about sign-ins that were dropped because too many waited for the log. Default: none. */
  readonly onAuditDropped?: (count: number) => void
  /** Receives what became of a reset, in this process: for metrics. Default: none. */
  readonly onReset?: (outcome: ResetOutcome) => void
  /** Receives wrong passwords and attempts that a limit stopped, in this process: for metrics and logs. Default: none. */
  readonly onLimit?: (event: LimitEvent) => void
  /** Default: the system's clock. */
  readonly clock?: Clock
  /** Refused when one is out of its range. Default: `defaultRules`. */
  readonly rules?: Partial<Rules>
  readonly brand?: Brand
  /** BCP 47, the first is the fallback; those without messages are ignored. Default: every language with messages, `en` first. */
  readonly languages?: readonly string[]
  /**
   * Path of a folder with languages of your own: `{tag}.json` as in `views/locales`, complete, or some messages of a shipped language.
   * Default null: the shipped ones.
   */
  readonly localesDirectory?: string | null
  /**
   * Path of a folder with your own pages: `{name}.ejs`, `mail/{name}.ejs` and `partials/{name}.ejs` in it replace those in `views/`, with the same `locals`.
   * Templates are code. A name that is not in `views/` is refused. Default null: every page is ours.
   */
  readonly viewsDirectory?: string | null
  /** Name of this service in an authenticator app. Default: the brand's name. No ":". */
  readonly issuerName?: string
  /** Where **Sign in** leads after a mailed link: a path below the issuer's origin, or a URL. Default: the own account. */
  readonly signInUrl?: string
  /** Moves every address of ours to `{issuer}{prefix}/…`, for a host that has `/account` or `/assets` itself. Default ''. */
  readonly prefix?: string
  /** Path where the provider answers. Default: that of the issuer. */
  readonly mountPath?: string
  /** Ids of the clients that the console and the own account are. Default `console` and `account`. */
  readonly clientIds?: { readonly console?: string; readonly account?: string }
  /** `always` (default): every sign-in has a second factor; `when_requested`: when a request's acr asks for it. */
  readonly required?: 'always' | 'when_requested'
  /** Names of a sign-in with a second factor and without, and further names of them, as `https://refeds.org/profile/mfa`. */
  readonly acr?: {
    readonly twoFactor?: string
    readonly oneFactor?: string
    readonly aliases?: Readonly<Record<string, 'twoFactor' | 'oneFactor'>>
  }
  /** Passkeys as second factor. Default: offered where browsers make them, at https or on localhost. */
  readonly passkeys?: PasskeyOptions
  /** Ids of clients whose unknown `acr_values` are ignored; static `clients` have `ignore_unknown_acr: true` instead. Default none. */
  readonly ignoreUnknownAcr?: readonly string[]
  /** Whether a reset needs a reason: how the person was verified. Default false. */
  readonly requireReason?: boolean
  /** Groups that the role helpdesk may manage. Default none: everyone without a role. */
  readonly helpdeskGroups?: readonly string[]
  /**
   * Requests of the provider: logout tokens, `jwks_uri` and others. Public addresses are reachable, and this machine while the issuer is on
   * loopback. `allow`: further networks, `10.0.0.0/8`. `ca`: PEM of an authority that is trusted beside those of Node.js. No effect beside a `fetch` of your configuration. Default none.
   */
  readonly outgoing?: Partial<Omit<OutgoingOptions, 'allow'>> & { readonly allow?: readonly string[] }
  /** Lifetime of an access token for the management API. Seconds, default 300. */
  readonly managementTokenSeconds?: number
  /**
   * How long a used refresh token that comes again (two tabs, a lost answer) is refused without ending its grant. Seconds, 0–60, default 10;
   * 0: each repetition ends it. No repetition gets tokens.
   */
  readonly refreshLeewaySeconds?: number
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
  /** Which of the claims `groups` and `roles` a client may have, by client id; static `clients` have `claims` instead. Default none. */
  readonly claims?: Readonly<Record<string, readonly RestrictedClaim[]>>
  /**
   * The client's address of a request, for limits and the audit. Default: what the framework says (`req.ip`, `ctx.ip`), which is its
   * setting of trusted proxies, else the socket's.
   */
  readonly clientAddress?: ((req: IncomingMessage) => string | null | undefined) | null
  /**
   * Sessions, grants and tokens that the provider issued before this was mounted. `keep` (default): they live until the account's first
   * reset, set-up or end of sessions, and prove no second factor; `end`: they end now.
   */
  readonly existing?: 'keep' | 'end'
  /**
   * `none`: no authenticator was enrolled elsewhere, so that everybody sets one up here. Default null: `attach` refuses people without any
   * record, since a password alone would then be enough to set up a new authenticator.
   */
  readonly existingFactors?: 'none' | null
  /** Receives errors behind a 5xx and errors of background work. Default: they are written to stderr. */
  readonly onError?: (error: unknown, doing: string) => void
}

type Completed = 'acr' | 'audit' | 'keepAudit' | 'directory' | 'rules' | 'keys' | 'clientIds' | 'outgoing' | 'passkeys'

export type CompleteOptions = Required<Omit<RekeyOptions, Completed>> & {
  readonly acr: Required<NonNullable<RekeyOptions['acr']>>
  readonly passkeys: PasskeySettings
  readonly outgoing: Outgoing
  readonly isBarred: IsBarred
  readonly directory: Directory
  readonly keys: readonly SealingKey[]
  readonly rules: Rules
  readonly audit: AuditLog | null
  readonly keepAudit: KeepAudit
  readonly wordsOf: Languages['wordsOf']
  readonly logos: Logos
  /** URL below which our addresses are: the issuer with the prefix. */
  readonly baseUrl: string
  /** Its path: '' or '/oidc'. */
  readonly base: string
  /** Path of our pages and of the provider: '' or '/oidc'. */
  readonly cookiePath: string
  readonly clientIds: ClientIds
  readonly secure: boolean
}

/** An issuer on loopback serves this machine only, so that its applications are on it too. */
const outgoingOf = ({ issuer, outgoing = {} }: RekeyOptions): OutgoingOptions => ({
  ...outgoing,
  allow: [...(outgoing.allow ?? []), ...(isLoopback(new URL(issuer).hostname) ? ['127.0.0.0/8', '::1'] : [])],
})

/** @throws OptionsRefused */
export function completeOptions(options: RekeyOptions): CompleteOptions {
  const faults = optionFaults<keyof RekeyOptions>(options)
  if (faults.length > 0) throw new OptionsRefused(faults)
  const issuer = new URL(options.issuer)
  const brand = options.brand ?? { name: 'oidc-rekey' }
  const { names, wordsOf } = languagesIn(options.localesDirectory ?? null)
  return Object.freeze({
    ...options,
    directory: completeDirectory(options.directory),
    keys: readKeys(options.keys ?? '').keys,
    brand,
    issuerName: options.issuerName ?? brand.name.replaceAll(':', ' '),
    languages: (options.languages ?? names).filter((language) => names.includes(language)),
    localesDirectory: options.localesDirectory ?? null,
    wordsOf,
    logos: { light: logoOf(brand.logoLight), dark: logoOf(brand.logoDark) },
    viewsDirectory: options.viewsDirectory ?? null,
    audit: options.audit ?? null,
    keepAudit: { ...keepAll, ...withoutUndefined(options.keepAudit ?? {}) },
    clock: options.clock ?? systemClock,
    rules: Object.freeze({ ...defaultRules, ...withoutUndefined(options.rules ?? {}) }),
    ...addressesOf(issuer, options),
    clientIds: { console: 'console', account: 'account', ...withoutUndefined(options.clientIds ?? {}) },
    required: options.required ?? 'always',
    acr: {
      twoFactor: 'urn:oidc-rekey:acr:2fa',
      oneFactor: 'urn:oidc-rekey:acr:1fa',
      aliases: {},
      ...withoutUndefined(options.acr ?? {}),
    },
    passkeys: passkeySettings(issuer, brand.name, options.passkeys),
    ignoreUnknownAcr: options.ignoreUnknownAcr ?? [],
    requireReason: options.requireReason ?? false,
    helpdeskGroups: options.helpdeskGroups ?? [],
    outgoing: createOutgoing(outgoingOf(options)),
    isBarred: isBarredBy(outgoingOf(options)),
    managementTokenSeconds: options.managementTokenSeconds ?? 300,
    allowPlainHttp: options.allowPlainHttp ?? false,
    refreshLeewaySeconds: options.refreshLeewaySeconds ?? refreshLeeway.byDefault,
    anonymousWritesPerMinute: options.anonymousWritesPerMinute === undefined ? 1200 : options.anonymousWritesPerMinute,
    apps: options.apps ?? apps,
    firstParty: options.firstParty ?? [],
    managementScopes: options.managementScopes ?? {},
    claims: options.claims ?? {},
    clientAddress: options.clientAddress ?? null,
    onAudit: options.onAudit ?? (() => undefined),
    onAuditDropped: options.onAuditDropped ?? (() => undefined),
    onReset: options.onReset ?? (() => undefined),
    onLimit: options.onLimit ?? (() => undefined),
    onError: options.onError ?? writeError,
    existing: options.existing ?? 'keep',
    existingFactors: options.existingFactors ?? null,
    secure: issuer.protocol === 'https:',
  })
}

const logoOf = (value: string | undefined): Logo | null => (value === undefined ? null : readLogo(value))

const withoutUndefined = <T extends object>(given: T): Partial<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => (value as unknown) !== undefined)) as Partial<T>

function writeError(error: unknown, doing: string): void {
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`oidc-rekey: ${doing}: ${said}\n`)
}

export { isLoopback } from './core/loopback.ts'
