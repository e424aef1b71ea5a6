/**
 * Authenticators alone: one otpauth URI on a line, or the export of Google Authenticator (`otpauth-migration://`), whose data are a
 * protocol buffer. The label names the account: its email.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import { base32Of } from '../../crypto/totp.ts'
import type { Candidate } from './candidate.ts'

/** The candidates of one line; null: neither kind of URI, or damaged. */
export function fromUri(line: string): Candidate[] | null {
  try {
    const { protocol, pathname, searchParams } = new URL(line.trim())
    if (protocol === 'otpauth-migration:') {
      const data = (searchParams.get('data') ?? '').replaceAll(' ', '+')
      return fieldsOf(Buffer.from(data, 'base64')).flatMap(([field, value]) =>
        field === 1 && typeof value !== 'number' ? [candidateOf(value)] : [],
      )
    }
    return protocol === 'otpauth:' ? [named(decodeURIComponent(pathname), line.trim())] : null
  } catch {
    return null
  }
}

/** The label is `issuer:account` or the account alone. */
function named(label: string, totp: string, lostFactor?: string): Candidate {
  const email = label
    .slice(label.lastIndexOf(':') + 1)
    .replace(/^\/+/, '')
    .trim()
  return { value: { email, name: email, ...(lostFactor === undefined && { totp }) }, lostFactor }
}

const algorithms = ['SHA1', 'SHA1', 'SHA256', 'SHA512']

/** One `OtpParameters`: 1 secret, 2 name, 3 issuer, 4 algorithm, 5 digits, 6 type. */
function candidateOf(bytes: Buffer): Candidate {
  const fields = new Map(fieldsOf(bytes))
  const [secret, name, algorithm = 0, digits = 0, type = 0] = [1, 2, 4, 5, 6].map((field) => fields.get(field))
  const label = Buffer.isBuffer(name) ? name.toString('utf8') : ''
  const digest = typeof algorithm === 'number' ? algorithms[algorithm] : undefined
  if (type === 1) return named(label, '', 'it counts (HOTP)')
  if (digest === undefined || !Buffer.isBuffer(secret)) return named(label, '', 'its algorithm is unknown')
  const query = { secret: base32Of(secret), algorithm: digest, digits: digits === 2 ? '8' : '6' }
  return named(label, `otpauth://totp/${encodeURIComponent(label)}?${new URLSearchParams(query).toString()}`)
}

/** Numbers (wire type 0) and texts (wire type 2) by field; anything else throws. */
function fieldsOf(bytes: Buffer): [field: number, value: number | Buffer][] {
  const fields: [number, number | Buffer][] = []
  let at = 0
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = bytes.readUInt8(at++)
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const [field, wire] = [Math.floor(key / 8), key % 8]
    if (wire !== 0 && wire !== 2) throw new RangeError('unknown wire type')
    const value = varint()
    if (wire === 2 && at + value > bytes.length) throw new RangeError('cut off')
    fields.push([field, wire === 0 ? value : bytes.subarray(at, (at += value))])
  }
  return fields
}
