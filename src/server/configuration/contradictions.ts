/** Rules between keys. A rule is checked only when the keys that it needs are valid. */
import { uriFaults } from './clients.ts'
import { hostsOfIssuer } from './hosts.ts'
import { fileFaults } from '../../optionFaults.ts'
import { isLoopback } from '../../options.ts'
import { rpIdFault } from '../../core/passkeyAddress.ts'
import { mailContradictions } from './mailContradictions.ts'
import { redisContradictions } from './redisKeys.ts'
import type { NameOf } from './faults.ts'
import type { File } from './schema.ts'
import { weakSecrets } from './weakSecrets.ts'

type Good = Partial<File>

export function contradictions(good: Good, production: boolean, nameOf: NameOf): string[] {
  return [
    ...Array.from(ofIssuer(good), (what) => `${nameOf(['issuer'])}: ${what}, is ${JSON.stringify(good.issuer)}`),
    ...ofInternalHosts(good),
    ...ofPasskeys(good, nameOf),
    ...Array.from(ofPorts(good), ([key, what]) => `${nameOf([key])}: ${what}`),
    ...ofStores(good, nameOf),
    ...Array.from(
      good.mail ? mailContradictions(good.mail) : [],
      ([key, what]) => `${nameOf(['mail', ...key.split('.')])}: ${what}`,
    ),
    ...ofClients(good, production),
    ...ofExemptions(good),
    ...ofFiles(good, nameOf),
    ...(production ? [...missingInProduction(good), ...weakSecrets(good, nameOf)] : []),
  ]
}

function* ofIssuer({ issuer, allowPlainHttp }: Good): Iterable<string> {
  if (issuer === undefined) return
  const url = new URL(issuer)
  if (/[?#]/.test(issuer) || url.username || url.password) yield 'must not have a query, a fragment or a user'
  else if (url.pathname !== '/') yield 'must be an origin without a path'
  const plain = url.protocol === 'http:' && !isLoopback(url.hostname)
  if (plain && !allowPlainHttp) yield 'must be https (or set allowPlainHttp: true)'
}

function ofPasskeys({ issuer, port = 3000, passkeys }: Good, nameOf: NameOf): string[] {
  if (passkeys?.rp_id === undefined) return []
  const fault = rpIdFault(passkeys.rp_id, new URL(issuer ?? `http://localhost:${port}`))
  return fault === null ? [] : [`${nameOf(['passkeys', 'rp_id'])}: ${fault}, is ${JSON.stringify(passkeys.rp_id)}`]
}

function ofInternalHosts({ issuer, internal_hosts: hosts = [] }: Good): string[] {
  if (issuer === undefined) return []
  return hostsOfIssuer(issuer, hosts).map(
    (index) => `internal_hosts[${index}]: is the host of the issuer, leave it out`,
  )
}

function* ofPorts({ port, sample_port, metrics_port }: Good): Iterable<readonly [key: string, what: string]> {
  if (port === undefined) return
  if (port === sample_port) yield ['sample_port', `must differ from port, is ${port}`]
  if (port === 65_535 && sample_port === undefined) yield ['sample_port', 'port + 1 is beyond 65535, set it']
  if (metrics_port === port) yield ['metrics_port', `must differ from port, is ${port}`]
  if (metrics_port === (sample_port ?? port + 1))
    yield ['metrics_port', `must differ from sample_port, is ${metrics_port}`]
}

function* ofStores({ redis, database }: Good, nameOf: NameOf): Iterable<string> {
  if (!redis) return
  const used = (['url', 'sentinel', 'cluster'] as const).find((key) => redis[key] !== undefined)
  if (used && database?.url)
    yield `${nameOf(['database', 'url'])}: there is one store, leave out this or ${nameOf(['redis', used])}`
  for (const [key, what] of redisContradictions(redis, nameOf)) yield `${nameOf(['redis', key])}: ${what}`
}

function* ofClients({ clients = [], allowPlainHttp }: Good, production: boolean): Iterable<string> {
  for (const [index, client] of clients.entries()) {
    if (client.client_id === 'console' || client.client_id === 'account')
      yield `clients[${index}].client_id: ${client.client_id} is a client of the service itself, choose another name`
    for (const [key, what] of uriFaults(client, allowPlainHttp ?? false)) yield `clients[${index}].${key}: ${what}`
    for (const key of production ? (['client_secret', 'previous_client_secret'] as const) : []) {
      if ((client[key]?.length ?? 32) < 32)
        yield `clients[${index}].${key}: must have 32 characters or more when NODE_ENV=production`
    }
  }
}

function* ofExemptions({ clients, pkce_exempt = [] }: Good): Iterable<string> {
  for (const id of clients ? pkce_exempt : []) {
    const exempt = clients?.find((client) => client.client_id === id)
    if (!exempt) yield `pkce_exempt: no client is called ${JSON.stringify(id)}`
    else if (exempt.token_endpoint_auth_method === 'none') yield `pkce_exempt: ${id} is a public client and needs PKCE`
  }
}

/** Languages and logos, whose files must be there. */
function ofFiles({ words_directory: localesDirectory, locales, brand }: Good, nameOf: NameOf): string[] {
  const { logo_light: logoLight, logo_dark: logoDark } = brand ?? {}
  const keys: Readonly<Record<string, string[]>> = {
    localesDirectory: ['words_directory'],
    'brand.logoLight': ['brand', 'logo_light'],
    'brand.logoDark': ['brand', 'logo_dark'],
  }
  const isFaulty = (language: string) => fileFaults({ localesDirectory, languages: [language] }).length > 0
  const faults = fileFaults({ localesDirectory, brand: { logoLight, logoDark } })
  const known = faults.some(({ path }) => path === 'localesDirectory') ? [] : (locales ?? [])
  return [
    ...known.flatMap((language, n) =>
      isFaulty(language) ? [`locales[${n}]: there are no words for ${language}`] : [],
    ),
    ...faults.map(({ path, message }) => `${nameOf(keys[path] ?? [path])}: ${message}`),
  ]
}

function missingInProduction({ mail, keys }: Good): string[] {
  const needed = [
    mail && !mail.smtp_url && 'SMTP_URL (mail.smtp_url)',
    mail && !mail.from && 'MAIL_FROM (mail.from)',
    keys && !keys.encryption && 'ENCRYPTION_KEYS (keys.encryption)',
    keys && !keys.cookies && 'COOKIE_KEYS (keys.cookies)',
    keys && !keys.jwks && 'JWKS (keys.jwks)',
  ]
  return needed.filter(Boolean).map((key) => `${key}: is required when NODE_ENV=production`)
}
