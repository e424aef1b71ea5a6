/**
 * The signing, sealing and cookie keys. Production uses those of the configuration. Development generates them once into the data
 * directory; processes that start at the same time share them.
 */
import { link, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { draw } from '../crypto/random.ts'
import { readText } from '../decoding.ts'
import type { SealingKey } from '../crypto/sealing.ts'
import { clientSecret, newId, newToken } from '../crypto/tokens.ts'
import type { Configuration } from './configuration/configuration.ts'
import type { JsonWebKey } from './configuration/schema.ts'

export interface Secrets {
  /** Newest first. */
  readonly encryption: readonly SealingKey[]
  readonly cookies: readonly string[]
  readonly jwks: { readonly keys: readonly JsonWebKey[] }
}

export async function readSecrets({ keys, dataDirectory }: Configuration): Promise<Secrets> {
  const kept = (name: string, make: () => Promise<string> | string) => readOrMake(dataDirectory, name, make)
  const encryption = keys.encryption ?? lines(await kept('encryption-keys', newEncryptionKey))
  const cookies = keys.cookies ?? lines(await kept('cookie-keys', () => newToken().reveal()))
  const jwks = keys.jwks ?? (JSON.parse(await kept('jwks.json', newKeySet)) as Secrets['jwks'])
  return { encryption: encryption.map(sealingKey), cookies, jwks }
}

let unkept: Promise<string> | undefined

/** The signing keys for a judgement before the start: those of the next start where they are known, else keys of the same kind. */
export async function keySetOf({ keys, dataDirectory }: Configuration): Promise<Secrets['jwks']> {
  const kept = keys.jwks ? null : await readText(join(dataDirectory, 'jwks.json')).catch(absent)
  return keys.jwks ?? (JSON.parse(kept ?? (await (unkept ??= newKeySet()))) as Secrets['jwks'])
}

/** The password of all demo accounts. */
export async function demoPassword(dataDirectory: string): Promise<string> {
  return (await readOrMake(dataDirectory, 'demo-password', () => newId().replaceAll(/[-_]/g, 'x'))).trim()
}

/** Derived from the oldest key, so equal in every process. */
export function firstPartyClientSecret({ encryption }: Secrets, clientId: string): string {
  const oldest = encryption.at(-1)
  if (!oldest) throw new Error('there is no encryption key')
  return clientSecret(oldest.key, clientId)
}

const lines = (text: string) => text.split('\n').filter(Boolean)

function sealingKey(text: string): SealingKey {
  const colon = text.indexOf(':')
  return { id: text.slice(0, colon), key: Buffer.from(text.slice(colon + 1), 'base64url') }
}

const newEncryptionKey = () => `${newKid()}:${draw(32).toString('base64url')}`
const newKid = () => draw(6).toString('hex')

/** RSA first: the first suitable key signs, and every relying party can verify RS256 (OpenID Connect Core §15.1). */
async function newKeySet(): Promise<string> {
  const keys = await Promise.all(
    ['RS256', 'ES256'].map(async (alg) => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 })
      return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: newKid() }
    }),
  )
  return JSON.stringify({ keys }, null, 2)
}

/**
 * The stored text, created if absent. Written to another name and linked: the file is complete or absent, and the slower of two
 * concurrent processes reads the file of the faster.
 */
async function readOrMake(directory: string, name: string, make: () => Promise<string> | string): Promise<string> {
  const path = join(directory, name)
  const found = await readText(path).catch(absent)
  if (found !== null) return found
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const aside = `${path}.${newId()}`
  try {
    await writeFile(aside, await make(), { mode: 0o600, flag: 'wx', flush: true })
    await link(aside, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(aside, { force: true })
  }
  return readText(path)
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
