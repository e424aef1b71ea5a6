/**
 * The one judge of password hashes, ours and those that other software made. Whatever can be verified is accepted; the parameters are
 * bounded, so that no stored hash keeps a sign-in busy for longer than some seconds.
 */
import { parseOptions, verify as verifyArgon2 } from '@node-rs/argon2'
import { createHash, createHmac, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { readShaCrypt, shaCryptDecoy } from './shaCrypt.ts'

export interface PasswordHash {
  /** Algorithm and parameters, on which its time depends; `decoyOf` makes a hash of it. */
  readonly cost: string
  /** Whether the hash is that of this text, as it is. */
  matches(password: string): Promise<boolean>
}

export type HashFault = 'unknown' | 'damaged' | 'too-costly'

type Reading = PasswordHash | HashFault | null

/** KiB of memory, and KiB times passes: 256 MiB, and about a second of a core. RFC 9106 §4 recommends 64 MiB × 3. */
const MOST_MEMORY = 262_144
const MOST_FILLED = 2_097_152
/** Base-2 logarithm of the rounds: some seconds of a core. OWASP recommends 10. */
const MOST_BCRYPT = 15
/** Django 6 uses 1,200,000. */
const MOST_ROUNDS = 5_000_000
/** passlib uses 656,000; about two seconds. */
const MOST_SHA_CRYPT = 1_000_000
/** N·r·p; OWASP recommends 2²⁰. */
const MOST_SCRYPT = 2 ** 22
/** A shorter digest would accept other passwords too. Bytes. */
const SHORTEST_KEY = 16

/** Salt and digest of decoys: random bytes, the hash of no password. */
const decoyPhc = '$9qkcDLieXQg2PERBTU1stA$iLx/0uv4fFzH9FRU9JaxfW5/0Cpys8/+AVKUZ3ASuro'
const decoyBcrypt = '$7.VXI2LpfKVzYLil2rqy4OZ74zh2BlaJBfBZceHuvaa.yRAkG/G9y'
const decoySha = 'iLx/0uv4fFzH9FRU9JaxfW5/0CpyiLx/0uv4fFzH9FRU9JaxfW5/0Cpys8/+AVKUZ3ASuro9qkcDLieXQg2PERBTM='

/** A hash of this cost that no password has. */
export function decoyOf(cost: string): string {
  if (cost.startsWith('{')) return cost + decoySha
  if (/^\$[56]\$/.test(cost)) return shaCryptDecoy(cost)
  return cost + (cost.startsWith('$2b$') ? decoyBcrypt : decoyPhc)
}

export function readHash(text: string): PasswordHash | HashFault {
  // Prefixes of Django, LDAP and Spring before a hash that says itself what it is.
  const hash = text.trim().replace(/^(?:argon2(?=\$argon2)|bcrypt\$(?=\$2)|\{(?:argon2|bcrypt|crypt)\}(?=\$))/i, '')
  for (const read of formats) {
    const reading = read(hash)
    if (reading !== null) return reading
  }
  return 'unknown'
}

const formats: readonly ((text: string) => Reading)[] = [
  argon2,
  bcrypt,
  shaCrypt,
  phcPbkdf2,
  otherPbkdf2,
  aspNet,
  anyScrypt,
  sha,
]

function argon2(phc: string): Reading {
  if (!/^\$argon2(?:id|i|d)\$/.test(phc)) return null
  try {
    const { memoryCost, timeCost, outputLen } = parseOptions(phc)
    if (memoryCost > MOST_MEMORY || memoryCost * timeCost > MOST_FILLED) return 'too-costly'
    if (outputLen < SHORTEST_KEY) return 'damaged'
    return { cost: phc.split('$').slice(0, -2).join('$'), matches: (password) => verifyArgon2(phc, password) }
  } catch {
    return 'damaged'
  }
}

/** Loaded where such a hash is: most installations have none. */
const verifyBcrypt = async (input: Buffer, hash: string): Promise<boolean> =>
  (await import('@node-rs/bcrypt')).verify(input, hash)

/** Longest input of bcrypt: what follows was never looked at. Bytes. */
const bcryptBytes = 72

/** `$2y$` and `$2a$` of today are `$2b$`. Two kinds of SHA-256 come before it: that of Django in hex, that of passlib in Base64. */
function bcrypt(text: string): Reading {
  const [, django, rounds, rest] = /^(bcrypt_sha256\$)?\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{53})$/.exec(text) ?? []
  const [, version, more, salt, digest] =
    /^\$bcrypt-sha256\$(v=2,t=2[aby],r=|2[aby],)(\d\d?)\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$/.exec(text) ?? []
  const cost = rounds ?? more?.padStart(2, '0')
  if (cost === undefined) return /^(?:bcrypt|\$2[aby]?\$|\$bcrypt)/.test(text) ? 'damaged' : null
  if (Number(cost) < 4) return 'damaged'
  if (Number(cost) > MOST_BCRYPT) return 'too-costly'
  const input = (password: string): Buffer => {
    if (django) return Buffer.from(createHash('sha256').update(password).digest('hex'))
    if (version === undefined) return Buffer.from(password).subarray(0, bcryptBytes)
    const sha256 = version.startsWith('v=2') ? createHmac('sha256', salt ?? '') : createHash('sha256')
    return Buffer.from(sha256.update(password).digest('base64'))
  }
  const hash = `$2b$${cost}$${rest ?? `${salt}${digest}`}`
  return { cost: `$2b$${cost}`, matches: (password) => verifyBcrypt(input(password), hash) }
}

function shaCrypt(text: string): Reading {
  const read = readShaCrypt(text)
  return read !== null && read !== 'damaged' && read.rounds > MOST_SHA_CRYPT ? 'too-costly' : read
}

const derive = promisify(pbkdf2)
const digestBytes: Readonly<Record<string, number>> = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }

/** Compares one block of the digest: each is computed by itself, and holds at least 128 bits. */
function ofPbkdf2(algorithm: string, rounds: number, salt: Buffer | null, key: Buffer | null): Reading {
  const block = digestBytes[algorithm]
  if (block === undefined) return 'unknown'
  if (!salt || !key || key.length < SHORTEST_KEY || !Number.isSafeInteger(rounds) || rounds < 1) return 'damaged'
  if (rounds > MOST_ROUNDS) return 'too-costly'
  const expected = key.subarray(0, block)
  return {
    cost: `$pbkdf2-${algorithm}$i=${rounds}`,
    matches: async (password) =>
      timingSafeEqual(await derive(password, salt, rounds, expected.length, algorithm), expected),
  }
}

/** PHC (`$pbkdf2-sha256$i=…,l=…$`), passlib (`$pbkdf2-sha256$29000$`, `$pbkdf2$`) and LDAP (`{PBKDF2-SHA256}29000$`). */
function phcPbkdf2(text: string): Reading {
  const [, digest = 'sha1', rounds, salt, key] =
    /^\$pbkdf2(?:-(\w+))?\$(?:i=)?(\d+)(?:,l=\d+)?\$([\w+/.=]*)\$([\w+/.=]+)$/.exec(text) ??
    /^\{pbkdf2(?:-(sha\d+))?\}(\d+)\$([\w+/.=]*)\$([\w+/.=]+)$/i.exec(text) ??
    []
  if (rounds === undefined) return /^(?:\$pbkdf2|\{pbkdf2)/i.test(text) ? 'damaged' : null
  return ofPbkdf2(digest.toLowerCase(), Number(rounds), bytes(salt), bytes(key))
}

/** Django (`pbkdf2_sha256$…`, Base64) and Werkzeug (`pbkdf2:sha256:…`, hex): the salt is text. */
function otherPbkdf2(text: string): Reading {
  const [, digest, rounds, salt = '', key] = /^pbkdf2_(sha\d+)\$(\d+)\$([^$]*)\$([\w+/=]+)$/.exec(text) ?? []
  if (digest !== undefined) return ofPbkdf2(digest, Number(rounds), Buffer.from(salt), bytes(key))
  const [, name, times, salted = '', hex] = /^pbkdf2:(sha\d+):(\d+)\$([^$]*)\$([0-9a-f]+)$/.exec(text) ?? []
  if (name !== undefined) return ofPbkdf2(name, Number(times), Buffer.from(salted), Buffer.from(hex ?? '', 'hex'))
  return text.startsWith('pbkdf2') ? 'damaged' : null
}

/** ASP.NET Core Identity: version 2 is one layout, version 3 names its parameters. */
function aspNet(text: string): Reading {
  if (!/^A[A-Za-z0-9+/]{60,}={0,2}$/.test(text)) return null
  const all = Buffer.from(text, 'base64')
  if (all[0] === 0 && all.length === 49) return ofPbkdf2('sha1', 1000, all.subarray(1, 17), all.subarray(17))
  if (all[0] !== 1 || all.length < 13) return null
  const [prf = -1, rounds = 0, saltBytes = 0] = [1, 5, 9].map((at) => all.readUInt32BE(at))
  const digest = ['sha1', 'sha256', 'sha512'][prf] ?? ''
  return ofPbkdf2(digest, rounds, all.subarray(13, 13 + saltBytes), all.subarray(13 + saltBytes))
}

/** PHC (`$scrypt$ln=…`), Django (`scrypt$N$salt$r$p$`, Base64), Werkzeug (`scrypt:N:r:p$salt$`, hex). */
function anyScrypt(text: string): Reading {
  const phc = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/.=]*)\$([\w+/.=]+)$/.exec(text)
  if (phc) return ofScrypt({ N: 2 ** Number(phc[1]), r: phc[2], p: phc[3] }, bytes(phc[4]), bytes(phc[5]))
  const django = /^scrypt\$(\d+)\$([^$]*)\$(\d+)\$(\d+)\$([\w+/=]+)$/.exec(text)
  if (django)
    return ofScrypt({ N: django[1], r: django[3], p: django[4] }, Buffer.from(django[2] ?? ''), bytes(django[5]))
  const [, N, r, p, salt = '', hex = ''] = /^scrypt:(\d+):(\d+):(\d+)\$([^$]*)\$([0-9a-f]+)$/.exec(text) ?? []
  if (N !== undefined) return ofScrypt({ N, r, p }, Buffer.from(salt), Buffer.from(hex, 'hex'))
  return /^\$?scrypt/.test(text) ? 'damaged' : null
}

type Given = Readonly<Record<'N' | 'r' | 'p', string | number | undefined>>

function ofScrypt(given: Given, salt: Buffer | null, key: Buffer | null): Reading {
  const [N, r, p] = [Number(given.N), Number(given.r), Number(given.p)]
  if (!salt || !key || key.length < SHORTEST_KEY || !Number.isInteger(Math.log2(N)) || N < 2 || r < 1 || p < 1)
    return 'damaged'
  if (N * r * p > MOST_SCRYPT || N * r > MOST_MEMORY * 8) return 'too-costly'
  const options = { N, r, p, maxmem: 128 * r * (N + p) + 2 ** 20 }
  return {
    cost: `$scrypt$ln=${Math.log2(N)},r=${r},p=${p}`,
    matches: (password) =>
      new Promise((resolve, reject) => {
        scrypt(password, salt, key.length, options, (error, derived) =>
          error ? reject(error) : resolve(timingSafeEqual(derived, key)),
        )
      }),
  }
}

/** LDAP: `{SSHA}`, `{SSHA256}`, `{SHA512}` and so on, the salt behind the digest. They take no time, so they are replaced first of all. */
function sha(text: string): Reading {
  const [, size, base64] = /^\{s?sha-?(1|224|256|384|512)?\}([\w+/]+={0,2})$/i.exec(text) ?? []
  if (base64 === undefined) return /^\{s?sha/i.test(text) ? 'damaged' : null
  const algorithm = `sha${size ?? '1'}`
  const all = Buffer.from(base64, 'base64')
  const expected = all.subarray(0, digestBytes[algorithm])
  if (expected.length < (digestBytes[algorithm] ?? 0)) return 'damaged'
  const salt = all.subarray(expected.length)
  return {
    cost: '{SSHA}',
    matches: async (password) =>
      timingSafeEqual(createHash(algorithm).update(password).update(salt).digest(), expected),
  }
}

/** Base64 of either alphabet, with '.' for '+' as passlib writes it. null: none. */
function bytes(text: string | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text.replaceAll('.', '+'), 'base64')
}
