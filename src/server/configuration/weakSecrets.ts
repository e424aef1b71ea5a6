/** Secrets that production refuses: those printed in config/production.example.yaml, and those that are not random. */
import type { NameOf } from './faults.ts'
import type { File } from './schema.ts'
import { urlsOf } from '../../store/postgresUrls.ts'

/** A test compares this with the file. */
const printed = new Set([
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'a-string-of-at-least-thirty-two-characters',
  'replace-me-with-43-characters-of-base64url',
  'the-one-that-is-being-replaced-000000',
  'password',
])

/** Different bytes among 32; random ones have about 30. Count. */
const fewestBytes = 16
/** Different characters; 32 random hexadecimal digits have about 14. Count. */
const fewestCharacters = 8

type Good = Partial<Pick<File, 'keys' | 'clients' | 'redis' | 'database' | 'mail'>>

export function* weakSecrets({ keys, clients = [], redis, database, mail }: Good, nameOf: NameOf): Iterable<string> {
  for (const key of keys?.encryption ?? []) {
    const [id = '', text = ''] = key.split(':')
    const isWeak = new Set(Buffer.from(text, 'base64url')).size < fewestBytes
    const fault = faultOf(text.replace(/=$/, ''), isWeak)
    if (fault) yield `${nameOf(['keys', 'encryption'])}: ${JSON.stringify(id)} ${fault}`
  }
  for (const [index, key] of (keys?.cookies ?? []).entries()) {
    const fault = faultOf(key, isMonotonous(key))
    if (fault) yield `${nameOf(['keys', 'cookies'])}: number ${index + 1} ${fault}`
  }
  for (const [index, client] of clients.entries())
    for (const key of ['client_secret', 'previous_client_secret'] as const) {
      const secret = client[key]
      const fault = secret && faultOf(secret, isMonotonous(secret))
      if (fault) yield `clients[${index}].${key}: ${fault}`
    }
  for (const key of ['password', 'sentinel_password'] as const) {
    const fault = redis?.[key] && faultOf(redis[key], false)
    if (fault) yield `${nameOf(['redis', key])}: ${fault}`
  }
  for (const [path, url] of [
    [['redis', 'url'], redis?.url],
    [['database', 'url'], database?.url && urlsOf(database.url)[0]],
    [['mail', 'smtp_url'], mail?.smtp_url],
  ] as const) {
    const fault = url && faultOf(passwordIn(url), false)
    if (fault) yield `${nameOf(path)}: the password ${fault}`
  }
}

/** A password that is not percent-encoded counts as it is. */
function passwordIn(url: string): string {
  const { password } = new URL(url)
  try {
    return decodeURIComponent(password)
  } catch {
    return password
  }
}

const isMonotonous = (text: string): boolean => new Set(text).size < fewestCharacters

/** null: no fault. Never contains the secret. */
function faultOf(secret: string, isWeak: boolean): string | null {
  if (printed.has(secret)) return 'is printed in config/production.example.yaml: make one of your own'
  return isWeak ? 'is too regular to be a secret: make a random one' : null
}
