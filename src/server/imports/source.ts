/** The entries of a file, or of a folder of Keycloak's, whichever of the known systems wrote it. */
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readText } from '../../decoding.ts'
import { readEntries, type Entry } from '../commands/importFile.ts'
import { fromAuth0 } from './auth0.ts'
import { emailKey } from '../../email.ts'
import {
  type Candidate,
  type Converter,
  fitted,
  listOf,
  objectOf,
  type Source,
  type TakeOver,
  textOf,
} from './candidate.ts'
import { fromKeycloak } from './keycloak.ts'
import { fromUri } from './otpauth.ts'

export const formats = ['accounts', 'keycloak', 'auth0', 'otpauth'] as const
export type Format = (typeof formats)[number]

/** What is read at a time; the first of it tells the format. Bytes. */
const HEAD = 65_536

export async function* readSources(path: string, take: TakeOver, format?: Format): AsyncIterable<Source> {
  if ((await stat(path)).isDirectory()) {
    const names = await exportsIn(path)
    for (const [index, name] of names.entries())
      for await (const source of sourcesOf(join(path, name), take, 'keycloak'))
        yield Object.assign(source, { share: (index + (source.share ?? 0)) / names.length, file: name })
    return
  }
  yield* sourcesOf(path, take, format ?? (await formatOf(path)))
}

/** `REALM-realm.json` and `REALM-users-0.json` and so on, in the order of their numbers. */
async function exportsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /-(?:realm|users-\d+)\.json$/.test(name))
  if (names.length === 0)
    throw new Error(`${folder} holds no export of Keycloak (REALM-realm.json, REALM-users-0.json)`)
  return names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

async function formatOf(path: string): Promise<Format> {
  // A pipe can be read once.
  if (/\.ya?ml$/i.test(path) || !(await stat(path)).isFile()) return 'accounts'
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    // Keys are ASCII. A byte order mark is three characters here.
    const head = buffer.toString('latin1', 0, bytesRead).replace(/^\xEF\xBB\xBF/, '')
    return recognise(head.trimStart())
  } finally {
    await file.close()
  }
}

/** Keys that only one of the systems has. */
const auth0Keys = ['user_id', 'passwordHash', 'custom_password_hash', 'mfa_factors', 'app_metadata', 'user_metadata']

function recognise(head: string): Format {
  if (/^otpauth(?:-migration)?:/i.test(head)) return 'otpauth'
  const [firstLine = ''] = head.split('\n', 1)
  const first = objectOf(parse(firstLine.replace(/^\[|,\s*$/g, '')) ?? parse(firstLine))
  const isLine = Object.hasOwn(first, 'email')
  const has = (key: string): boolean => Object.hasOwn(first, key) || (!isLine && new RegExp(`"${key}"\\s*:`).test(head))
  if (has('users') || has('realm') || has('requiredActions') || has('credentials')) return 'keycloak'
  return auth0Keys.some(has) ? 'auth0' : 'accounts'
}

function sourcesOf(path: string, take: TakeOver, format: Format): AsyncIterable<Source> {
  if (format === 'accounts') return counted(path, readEntries(path))
  if (format === 'keycloak') return converted(realmUsers(path), fromKeycloak, take)
  return format === 'auth0' ? counted(path, converted(readEntries(path), fromAuth0, take)) : uris(path)
}

async function* converted(
  entries: AsyncIterable<Entry & { readonly share?: number }>,
  convert: Converter,
  take: TakeOver,
): AsyncIterable<Source> {
  for await (const entry of entries) {
    if ('fault' in entry) {
      yield entry
      continue
    }
    const made = convert(entry.value, take)
    const at = {
      share: entry.share,
      get line() {
        return entry.line
      },
    }
    yield Object.assign(at, 'value' in made ? { candidate: fitted(made) } : made)
  }
}

/** With the share of the lines that are read. */
async function* counted(path: string, sources: AsyncIterable<Source>): AsyncIterable<Source> {
  const lines = (await stat(path)).isFile() ? await linesIn(path) : 0
  for await (const source of sources) yield lines > 0 ? { ...source, share: source.line / lines } : source
}

async function linesIn(path: string): Promise<number> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(HEAD)
    let lines = 1
    for (let { bytesRead } = await file.read(buffer); bytesRead > 0; { bytesRead } = await file.read(buffer)) {
      const bytes = buffer.subarray(0, bytesRead)
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1
    }
    return lines
  } finally {
    await file.close()
  }
}

type Read = { readonly line: number } & ({ readonly candidate: Candidate } | { readonly fault: string })

async function* uris(path: string): AsyncIterable<Source> {
  const entries = (await readText(path)).split(/\r?\n/).flatMap((text, index): Read[] => {
    const line = index + 1
    if (text.trim() === '') return []
    return fromUri(text)?.map((candidate) => ({ line, candidate })) ?? [{ line, fault: 'is no otpauth URI' }]
  })
  const keyOf = ({ value }: Candidate): string => emailKey(String(value['email']))
  const secrets = new Map<string, Set<unknown>>()
  for (const entry of entries)
    if ('candidate' in entry) {
      const key = keyOf(entry.candidate)
      secrets.set(key, (secrets.get(key) ?? new Set()).add(secretOf(entry.candidate)))
    }
  // Of another service, perhaps: it must not become the second factor here.
  for (const entry of entries)
    if ('candidate' in entry && (secrets.get(keyOf(entry.candidate))?.size ?? 0) > 1) {
      const email = String(entry.candidate.value['email'])
      yield {
        line: entry.line,
        fault: `${email} has several authenticators in this file: keep the line of this service`,
      }
    } else yield entry
}

const secretOf = ({ value, lostFactor }: Candidate): unknown => {
  const uri = textOf(value['totp'])
  return (uri && URL.canParse(uri) ? new URL(uri).searchParams.get('secret') : null) ?? lostFactor
}

/** The users of a realm, or of a list of users. */
async function* realmUsers(path: string): AsyncIterable<Entry & { readonly share?: number }> {
  const text = await readText(path)
  const whole = parse(text)
  if (whole === null) {
    yield { line: 1, fault: 'is not JSON' }
    return
  }
  const others = federatedOnly(text, objectOf(whole)['federatedUsers'])
  const users = Array.isArray(whole) ? (whole as unknown[]) : objectOf(whole)['users']
  if (!Array.isArray(users)) {
    yield* others
    // A folder has the realm and its users in files of their own.
    if (objectOf(whole)['realm'] === undefined) yield { line: 1, fault: 'holds no users of a realm' }
    return
  }
  if (users.some((user) => objectOf(user)['realm'] !== undefined)) {
    yield { line: 1, fault: 'holds several realms: export one, as its users become the accounts' }
    return
  }
  // Lines are counted when one is reported.
  let lines: readonly number[] | undefined
  const lineAt = (index: number): number => (lines ??= linesOfItems(text, Array.isArray(whole)))[index] ?? 1
  for (const [index, value] of users.entries()) {
    yield {
      value,
      share: (index + 1) / users.length,
      get line() {
        return lineAt(index)
      },
    }
  }
  yield* others
}

/** People whom a user federation keeps: a realm has their credentials, and neither their names nor their addresses. */
function federatedOnly(text: string, users: unknown): Entry[] {
  const line = text.slice(0, Math.max(text.indexOf('"federatedUsers"'), 0)).split('\n').length
  return listOf(users).map((user) => {
    const id = textOf(objectOf(user)['id']) ?? 'a user'
    return { line, fault: `${id} is known to a user federation only: the export has no email, which an account needs` }
  })
}

/** The line on which each item of the list begins: of the text itself, or of its key `users`. */
function linesOfItems(text: string, isList: boolean): number[] {
  const lines: number[] = []
  let [line, depth, key, isInside] = [1, 0, '', isList]
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}\n]/g)) {
    if (token === '\n') line += 1
    else if (token.startsWith('"')) key = depth === 1 ? token : key
    else if (token === '{' || token === '[') {
      if (token === '[' && depth === 1 && !isList) isInside = key === '"users"'
      if (token === '{' && isInside && depth === (isList ? 1 : 2)) lines.push(line)
      depth += 1
    } else {
      depth -= 1
      if (depth === 1 && !isList) isInside = false
    }
  }
  return lines
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
