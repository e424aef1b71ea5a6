// Prints fresh key rings as lines for secrets.env: node newSecrets.js >> secrets.env
import { generateKeyPairSync, randomBytes } from 'node:crypto'

const kid = () => randomBytes(6).toString('hex')
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const key = { ...privateKey.export({ format: 'jwk' }), kid: kid(), use: 'sig', alg: 'RS256' }

console.log(`ENCRYPTION_KEYS=${kid()}:${randomBytes(32).toString('base64url')}`)
console.log(`COOKIE_KEYS=${randomBytes(32).toString('base64url')}`)
console.log(`JWKS=${JSON.stringify({ keys: [key] })}`)
