import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(scrypt)
const encode = (bytes) => bytes.toString('base64url')

export async function hash(password) {
  const salt = randomBytes(16)
  return `${encode(salt)}.${encode(await derive(password, salt, 32))}`
}

export async function matches(password, stored) {
  const [salt, derived] = stored.split('.').map((part) => Buffer.from(part, 'base64url'))
  return timingSafeEqual(await derive(password, salt, 32), derived)
}
