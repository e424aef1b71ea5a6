/** The configuration as the service uses it: the keys of the file in camel case, with everything that follows from them. */
import type { Client } from './clients.ts'
import { issuerOf } from './hosts.ts'
import { isLoopback } from '../../options.ts'
import { rpIdOfIssuer } from '../../core/passkeyAddress.ts'
import type { MailOauth2 } from '../../mail/accessTokens.ts'
import { readRelay, type TlsMode } from '../../mail/relay.ts'
import type { Environment } from './environment.ts'
import { mailNotices } from './mailContradictions.ts'
import { proxyNotices } from './outgoingKeys.ts'
import { redisOf } from './redisKeys.ts'
import type { File, JsonWebKey } from './schema.ts'
import type { RedisOptions } from '../../store/redis.ts'

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S
type Camelised<T> = T extends readonly (infer E)[]
  ? readonly Camelised<E>[]
  : T extends object
    ? { readonly [K in keyof T as Camel<K & string>]: Camelised<T[K]> }
    : T

const renamed = [
  'host',
  'port',
  'data_directory',
  'trust_proxy',
  'internal_hosts',
  'keep_alive_seconds',
  'shutdown_delay_seconds',
  'workers',
  'log_level',
  'pkce_exempt',
  'passkeys',
  'reset',
  'invitation',
  'step_up',
  'attempts',
  'password_attempts',
  'anonymous',
  'audit',
  'password_links',
  'helpdesk',
  'brand',
  'refresh_leeway_seconds',
  'ttl',
] as const satisfies readonly (keyof File)[]
type Renamed = Camelised<Pick<File, (typeof renamed)[number]>>

type StoreChoice =
  | { readonly is: 'sqlite'; readonly directory: string }
  | { readonly is: 'redis'; readonly options: RedisOptions }
  | { readonly is: 'postgres'; readonly url: string; readonly schema: string; readonly poolSize: number }

interface Acrs {
  readonly twoFactor: string
  readonly oneFactor: string
  /** Names that other software has for them. */
  readonly aliases: Readonly<Record<string, 'twoFactor' | 'oneFactor'>>
}

interface MailConfiguration {
  readonly from: string
  /** null: the development mailbox. */
  readonly smtpUrl: string | null
  /** null: that of `smtpMailer`. */
  readonly tls: TlsMode | null
  /** PEM of authorities trusted beside those of Node.js. */
  readonly ca: string | null
  /** null: the issuer's host. */
  readonly ehloName: string | null
  readonly deadlineSeconds: number
  readonly oauth2: MailOauth2 | null
}

export interface Configuration extends Renamed {
  readonly acr: Acrs
  /** BCP 47, the default first; null: every language with messages, `en` first. */
  readonly locales: readonly string[] | null
  /** Folder with languages of the operator's own; null: none. */
  readonly wordsDirectory: string | null
  readonly production: boolean
  /** An origin, without a trailing slash: the only source of links in emails. */
  readonly issuer: string
  readonly samplePort: number
  /** null: metrics are off. */
  readonly metricsPort: number | null
  /** Where browsers find the sample application, an origin of its own. */
  readonly sampleOrigin: string
  /** Whether demo accounts, `/mailbox` and the sample application are served. */
  readonly demo: boolean
  readonly store: StoreChoice
  readonly mail: MailConfiguration
  /** Newest first; null: generated once into the data directory (development only). */
  readonly keys: {
    readonly encryption: readonly string[] | null
    readonly cookies: readonly string[] | null
    readonly jwks: { readonly keys: readonly JsonWebKey[] } | null
  }
  /** OpenID Connect client metadata, unchanged, and three keys of this project. */
  readonly clients: readonly Client[]
  /** `ca`: PEM of authorities trusted beside those of Node.js. */
  readonly outgoing: { readonly allow: readonly string[]; readonly ca: string | null; readonly timeoutSeconds: number }
  readonly signInUrl: string
  readonly twoFactor: { readonly required: File['two_factor']['required']; readonly issuerName: string }
  readonly allowPlainHttp: boolean
  /** Warnings about dangerous options, printed at the start. */
  readonly notices: readonly string[]
}

/** What follows from valid keys. */
export function configurationOf(good: File, production: boolean, environment: Environment = {}): Configuration {
  const { keys, mail, allowDemoOnNetwork, allowPlainHttp } = good
  const given = good.issuer ?? `http://localhost:${good.port}`
  const issuer = issuerOf(given)
  // A proxy may publish a listener on loopback; then the issuer is not loopback.
  const local = isLoopback(good.host) && isLoopback(issuer.hostname)
  const demo = good.demo && !production && (local || allowDemoOnNetwork)
  const samplePort = good.sample_port ?? good.port + 1
  const sampleHost = isLoopback(issuer.hostname) || allowDemoOnNetwork ? issuer.hostname : 'localhost'
  const notices = {
    [`the issuer is ${issuer.origin}, which applications compare exactly; ${given} was written`]:
      given !== issuer.origin,
    [`passkeys: none are offered, since browsers make none at ${issuer.origin}`]:
      good.passkeys.offer && rpIdOfIssuer(issuer) === null,
    'allowPlainHttp: passwords, codes and tokens may travel unencrypted': allowPlainHttp,
    'allowDemoOnNetwork: anybody on the network can sign in as the demo administrator': demo && allowDemoOnNetwork,
  }
  return deepFreeze({
    ...(camelised(Object.fromEntries(renamed.map((key) => [key, good[key]]))) as Renamed),
    production,
    issuer: issuer.origin,
    samplePort,
    metricsPort: good.metrics_port ?? null,
    sampleOrigin: `http://${sampleHost}:${samplePort}`,
    demo,
    store: storeOf(good),
    mail: mailOf(mail),
    keys: { encryption: keys.encryption ?? null, cookies: keys.cookies ?? null, jwks: keys.jwks ?? null },
    clients: good.clients,
    outgoing: {
      allow: good.outgoing.allow,
      ca: good.outgoing.ca_file ?? null,
      timeoutSeconds: good.outgoing.timeout_seconds,
    },
    signInUrl: good.sign_in_url ?? (demo ? '/sample' : '/account'),
    twoFactor: {
      required: good.two_factor.required,
      issuerName: good.two_factor.issuer_name ?? good.brand.name.replaceAll(':', ' '),
    },
    acr: acrOf(good),
    locales: good.locales ?? null,
    wordsDirectory: good.words_directory ?? null,
    allowPlainHttp,
    notices: [
      ...Object.entries(notices).flatMap(([notice, is]) => (is ? [notice] : [])),
      ...mailNotices(mail),
      ...proxyNotices(requestedUrls(good), environment),
    ],
  })
}

/** Addresses that this service sends requests to. */
const requestedUrls = ({ clients, mail }: File): string[] =>
  [...clients.flatMap((item) => [item.backchannel_logout_uri, item.jwks_uri]), mail.oauth2?.token_url].filter(
    (url) => url !== undefined,
  )

function acrOf({ acr: { two_factor: twoFactor, one_factor: oneFactor, aliases } }: File): Configuration['acr'] {
  const meaningOf = (word: string) => (word === 'two_factor' || word === twoFactor ? 'twoFactor' : 'oneFactor')
  const named = Object.entries(aliases).map(([alias, word]) => [alias, meaningOf(word)] as const)
  return { twoFactor, oneFactor, aliases: Object.fromEntries(named) }
}

function mailOf(mail: File['mail']): MailConfiguration {
  const { smtp_url: url, from, tls, ca_file: ca, ehlo_name: name, oauth2, timeout_seconds: deadlineSeconds } = mail
  const user = oauth2?.user ?? (url === undefined ? null : readRelay(url).user)
  return {
    smtpUrl: url ?? null,
    from: from ?? 'no-reply@example.com',
    tls: tls ?? null,
    ca: ca ?? null,
    ehloName: name ?? null,
    deadlineSeconds,
    oauth2: oauth2 && user !== null ? { ...(camelised(oauth2) as Camelised<typeof oauth2>), user } : null,
  }
}

function storeOf({ redis, database, data_directory: directory }: File): StoreChoice {
  const options = redisOf(redis)
  if (options) return { is: 'redis', options }
  const { schema, pool_size: poolSize } = database
  return database.url ? { is: 'postgres', url: database.url, schema, poolSize } : { is: 'sqlite', directory }
}

function camelised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelised)
  if (value === null || typeof value !== 'object') return value
  const entry = ([key, inner]: [string, unknown]) => [
    key.replace(/_(\w)/g, (_, initial: string) => initial.toUpperCase()),
    camelised(inner),
  ]
  return Object.fromEntries(Object.entries(value).map(entry))
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
