/** A file of `accounts import` with any number of people, none of whom signs in. Their names are frequent ones, and rare ones. */
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { PASSWORD_HASH } from './password.ts'

const first = ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Greta', 'Hannah', 'Ivan', 'Julia', 'Karl', 'Laura']
const last = ['Müller', 'Schmidt', 'Schneider', 'Fischer', 'Weber', 'Meyer', 'Wagner', 'Becker', 'Hoffmann', 'Koch']
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const draw = (length: number): string => [...randomBytes(length)].map((byte) => ALPHABET[byte % 32]).join('')

/** One in four has a name of their own. */
function nameOf(n: number): string {
  const family = n % 4 === 0 ? `${draw(1)}${draw(6).toLowerCase()}` : last[(n * 7) % last.length]!
  return `${first[n % first.length]!} ${family}`
}

export async function writePopulation(path: string, count: number): Promise<void> {
  const file = createWriteStream(path)
  for (let n = 0; n < count; n++) {
    const name = nameOf(n)
    const email = `${name.replace(' ', '.').replace('ü', 'ue').toLowerCase()}${n}@example.com`
    const line = JSON.stringify({ email, name, password_hash: PASSWORD_HASH, totp: { secret: draw(32) } })
    if (!file.write(`${line}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
}
