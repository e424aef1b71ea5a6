/**
 * Every key of the configuration file: type, range, default. config/production.example.yaml, which a test keeps complete, explains
 * them; contradictions.ts has the rules between keys.
 */
import { z } from 'zod'
import { keepAuditRanges } from '../../core/auditRetention.ts'
import { refreshLeeway } from '../../core/refreshLeeway.ts'
import { defaultRules, ruleRanges } from '../../core/rules.ts'
import { acr } from './acr.ts'
import { client } from './clients.ts'
import { internalHosts, ownHost } from './hosts.ts'
import { mailKeys } from './mailKeys.ts'
import { outgoingKeys } from './outgoingKeys.ts'
import { redisKeys } from './redisKeys.ts'
import { roles } from '../../ports.ts'

import { areUrls, urlsOf } from '../../store/postgresUrls.ts'
function whole(unit: string, least: number, most: number, orNone = '') {
  const error = `must be a whole number of ${unit} from ${least} to ${most}${orNone}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

type Numbers = Pick<typeof defaultRules, keyof typeof ruleRanges>
type Cap = { [K in keyof Numbers]: null extends Numbers[K] ? K : never }[keyof Numbers]

/** A number of the core, with its range and default. */
function rule(name: Exclude<keyof Numbers, Cap>) {
  const { unit, least, most } = ruleRanges[name]
  return whole(unit, least, most).default(defaultRules[name])
}
/** As `rule`; null: no limit. */
function cap(name: Cap) {
  const { unit, least, most } = ruleRanges[name]
  return whole(unit, least, most, ', or null for no limit').nullable().default(defaultRules[name])
}

const days = ({ least, most }: { readonly least: number; readonly most: number }) =>
  whole('days', least, most).nullable().default(null)

const port = () => {
  const error = 'must be a TCP port from 1 to 65535'
  return z.int({ error }).min(1, { error }).max(65_535, { error })
}
const yesOrNo = z.boolean('must be true or false')
const text = (longest: number) =>
  z.string('must be text').trim().min(1, 'must not be empty').max(longest, `is longer than ${longest} characters`)
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
const path = (value: string) => /^\/(?!\/)/.test(value)

/** `kid:BASE64URL` of 32 bytes. */
const encryptionKey = z
  .string('must be kid:BASE64URL')
  .refine((key) => /^[\w-]{1,32}:[\w-]{43}=?$/.test(key), 'must be kid:BASE64URL of 32 bytes')

const jsonWebKey = z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']), kid: z.string().optional() })
export type JsonWebKey = z.infer<typeof jsonWebKey>

// OpenID Connect Core §15.1 asks for RS256, and relying parties that cannot verify anything else exist.
const signsRs256 = (key: JsonWebKey) =>
  key.kty === 'RSA' &&
  typeof key.d === 'string' &&
  (key.alg ?? 'RS256') === 'RS256' &&
  (key.use ?? 'sig') === 'sig' &&
  Buffer.from(String(key.n), 'base64url').length >= 256

const jsonWebKeySet = z
  .strictObject({ keys: z.array(jsonWebKey) }, 'must be a JSON Web Key Set: {"keys": […]}')
  .refine(({ keys }) => keys.some(signsRs256), 'needs a private RSA key of at least 2048 bits that may sign RS256')

const unique = (values: readonly string[]) => new Set(values).size === values.length
export const file = z.strictObject({
  issuer: httpUrl.optional(),
  host: ownHost.default('127.0.0.1'),
  port: port().default(3000),
  sample_port: port().optional(),
  data_directory: text(4096).default('data'),
  trust_proxy: whole('proxies', 0, 10).default(0),
  internal_hosts: internalHosts,
  metrics_port: port().optional(),
  keep_alive_seconds: whole('seconds', 5, 3600).default(65),
  shutdown_delay_seconds: whole('seconds', 0, 300).default(0),
  workers: whole('processes', 1, 64).default(1),
  log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  demo: yesOrNo.default(true),
  allowDemoOnNetwork: yesOrNo.default(false),
  allowPlainHttp: yesOrNo.default(false),
  redis: redisKeys.prefault({}),
  database: z
    .strictObject({
      url: z
        .string()
        .refine((url) => areUrls(urlsOf(url)), 'must be postgres:// or postgresql://')
        .optional(),
      schema: z
        .string()
        .regex(/^[A-Za-z_]\w{0,62}$/, 'must be up to 63 letters, digits and underscores')
        .default('rekey'),
      pool_size: whole('connections', 1, 100).default(10),
    })
    .prefault({}),
  mail: mailKeys.prefault({}),
  keys: z
    .strictObject({
      encryption: z
        .array(encryptionKey, 'must be a list of kid:BASE64URL')
        .min(1, 'needs at least one key')
        .refine((keys) => unique(keys.map((key) => key.split(':')[0] ?? '')), 'has two keys of the same kid')
        .optional(),
      cookies: z
        .array(z.string().min(32, 'must have 32 characters or more'))
        .min(1, 'needs at least one key')
        .optional(),
      jwks: jsonWebKeySet.optional(),
    })
    .prefault({}),
  clients: z
    .array(client, 'must be a list of clients')
    .refine((all) => unique(all.map((item) => item.client_id)), 'has two clients of the same client_id')
    .default([]),
  audit: z
    .strictObject({
      keep_days: days(keepAuditRanges.days),
      keep_refusals_days: days(keepAuditRanges.refusalsDays),
      only_exported: yesOrNo.default(false),
    })
    .refine(
      (item) => (item.keep_refusals_days ?? 0) <= (item.keep_days ?? Infinity),
      'keep_refusals_days is longer than keep_days',
    )
    .prefault({}),
  outgoing: outgoingKeys.prefault({}),
  pkce_exempt: z.array(z.string(), 'must be a list of client ids').default([]),
  sign_in_url: z
    .string()
    .refine(
      (value) => path(value) || (/^https?:\/\//.test(value) && URL.canParse(value)),
      'must be a path or an http(s) URL',
    )
    .optional(),
  two_factor: z
    .strictObject({
      required: z.enum(['always', 'when_requested']).default('always'),
      issuer_name: text(64)
        .refine((name) => !name.includes(':'), 'must not hold ":", which ends the name in an otpauth URI')
        .refine((name) => Buffer.byteLength(name) <= 64, 'is longer than 64 bytes of UTF-8')
        .optional(),
    })
    .prefault({}),
  acr,
  passkeys: z
    .strictObject({
      offer: yesOrNo.default(true),
      rp_id: text(253).optional(),
      rp_name: text(64).optional(),
    })
    .prefault({}),
  reset: z
    .strictObject({
      profile: z.enum(['standard', 'strict']).default('standard'),
      strict_roles: z
        .array(z.enum(roles, 'must be admin or helpdesk'), 'must be a list of admin and helpdesk')
        .default([...roles]),
      link_lifetime_seconds: rule('linkLifetimeSeconds'),
      sign_in_lifetime_seconds: rule('signInLifetimeSeconds'),
      require_reason: yesOrNo.default(false),
      links_per_hour: cap('linksPerHour'),
    })
    .prefault({}),
  invitation: z.strictObject({ lifetime_seconds: rule('invitationLifetimeSeconds') }).prefault({}),
  step_up: z
    .strictObject({
      max_age_seconds: rule('stepUpMaxAgeSeconds'),
      min_factor_age_seconds: rule('stepUpMinFactorAgeSeconds'),
      acts_per_hour: cap('actsPerHour'),
      mails_per_hour: cap('mailsPerHour'),
    })
    .prefault({}),
  attempts: z
    .strictObject({
      free: rule('freeAttempts'),
      first_pause_seconds: rule('firstPauseSeconds'),
      longest_pause_seconds: rule('longestPauseSeconds'),
      lock_after: rule('lockAfter'),
    })
    .refine(
      (item) => item.first_pause_seconds <= item.longest_pause_seconds,
      'first_pause_seconds is longer than longest_pause_seconds',
    )
    .refine((item) => item.free < item.lock_after, 'free must be less than lock_after')
    .prefault({}),
  password_attempts: z
    .strictObject({
      free: rule('passwordFreeAttempts'),
      first_pause_seconds: rule('passwordFirstPauseSeconds'),
      longest_pause_seconds: rule('passwordLongestPauseSeconds'),
      per_account_per_hour: cap('passwordsPerAccount'),
      per_network_per_hour: cap('passwordsPerNetwork'),
    })
    .refine(
      (item) => item.first_pause_seconds <= item.longest_pause_seconds,
      'first_pause_seconds is longer than longest_pause_seconds',
    )
    .prefault({}),
  anonymous: z
    .strictObject({ writes_per_minute: whole('writes', 10, 1_000_000).nullable().default(1200) })
    .prefault({}),
  password_links: z
    .strictObject({
      from_network_per_hour: cap('passwordLinksPerNetwork'),
      from_browser_per_hour: cap('passwordLinksPerBrowser'),
      lifetime_seconds: rule('passwordLinkLifetimeSeconds'),
    })
    .prefault({}),
  helpdesk: z.strictObject({ groups: z.array(text(100).normalize('NFC')).default([]) }).prefault({}),
  brand: z
    .strictObject({
      name: text(60).default('oidc-rekey'),
      logo_light: text(2048).optional(),
      logo_dark: text(2048).optional(),
      accent: z
        .string()
        .regex(/^#[0-9a-f]{6}$/i, 'must be a colour like #2450c8')
        .optional(),
      support_url: z.url({ protocol: /^(https?|mailto)$/, error: 'must be an https or mailto URL' }).optional(),
      legal_links: z.array(z.strictObject({ label: text(60), url: httpUrl })).default([]),
    })
    .prefault({}),
  locales: z.array(text(35)).min(1, 'needs at least one').refine(unique, 'names a locale twice').optional(),
  words_directory: text(1024).optional(),
  refresh_leeway_seconds: whole('seconds', refreshLeeway.least, refreshLeeway.most).default(refreshLeeway.byDefault),
  ttl: z
    .strictObject({
      session_seconds: whole('seconds', 300, 86_400).default(43_200),
      interaction_seconds: whole('seconds', 300, 86_400).default(3600),
      authorization_code_seconds: whole('seconds', 10, 600).default(60),
      access_token_seconds: whole('seconds', 60, 86_400).default(3600),
      id_token_seconds: whole('seconds', 60, 86_400).default(3600),
      management_token_seconds: whole('seconds', 60, 3600).default(300),
      refresh_token_seconds: whole('seconds', 300, 31_536_000).default(1_209_600),
    })
    .prefault({}),
})

export type File = z.infer<typeof file>
