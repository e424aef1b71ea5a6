/** The people of the benchmark, as a file of `accounts import`; both sides have the same. */
import { randomBytes } from 'node:crypto'
import { Authenticator } from '../support/authenticator.ts'
import { PASSWORD_HASH } from './password.ts'

export interface BenchPerson {
  readonly id: string
  readonly email: string
  /** Of the network the person comes from, one for each. */
  readonly address: string
  /** null: not set up. */
  readonly secret: string | null
  readonly roles: readonly string[]
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const newSecret = (): string => [...randomBytes(32)].map((byte) => ALPHABET[byte % 32]).join('')

let made = 0
/** Each comes from a network of their own. */
export const people = (count: number, kind: Partial<BenchPerson> & { readonly name: string }): readonly BenchPerson[] =>
  Array.from({ length: count }, (_, n) => {
    const id = `${kind.name}${n}`
    made += 1
    const address = `10.${made >> 16}.${(made >> 8) & 255}.${made & 255}`
    return { id, email: `${id}@example.com`, address, secret: newSecret(), roles: [], ...kind }
  })

/** So many sign in before the first has an unused code again. Count. */
const MOST_SIGNING_IN = 3000

export type Population = ReturnType<typeof createPopulation>

/** For so many sign-ins and resets at each side. */
export const createPopulation = ({ signIns, resets }: { readonly signIns: number; readonly resets: number }) => ({
  signingIn: people(Math.min(signIns, MOST_SIGNING_IN), { name: 'person' }),
  /** Each resets one person: a code is good for one act. */
  helpdesk: people(resets, { name: 'helpdesk', roles: ['helpdesk'] }),
  toReset: people(resets, { name: 'lost' }),
  settingUp: people(40, { name: 'new', secret: null }),
})

export const everybodyOf = (population: Readonly<Record<string, readonly BenchPerson[]>>): readonly BenchPerson[] =>
  Object.values(population).flat()

/** @param hash of the password of everybody */
export const importFile = (everybody: readonly BenchPerson[], hash = PASSWORD_HASH): string =>
  everybody
    .map(({ id, email, secret, roles }) => ({
      id,
      email,
      name: `Person ${id}`,
      roles,
      password_hash: hash,
      ...(secret !== null && { totp: { secret } }),
    }))
    .map((person) => `${JSON.stringify(person)}\n`)
    .join('')

export interface Authenticators {
  codeOf(person: BenchPerson): Promise<string>
  /** Replaces the secret that the person was imported with. */
  scan(person: BenchPerson, secret: string): void
}

/** The authenticator apps of everybody at one side. Waits for an unused step if necessary: a code works once. */
export function authenticators(): Authenticators {
  const used = new Map<string, number>()
  const scanned = new Map<string, string>()
  return {
    scan: ({ id }, secret) => void scanned.set(id, secret),
    async codeOf({ id, secret }) {
      const steps = () => Date.now() / 30_000
      // One of the step before would be too old in the last seconds of this one.
      const oldest = Math.floor(steps() - 0.7)
      const step = Math.max(oldest, (used.get(id) ?? 0) + 1)
      used.set(id, step)
      while (step > Math.floor(steps()) + 1) await new Promise((resolve) => setTimeout(resolve, 500))
      return new Authenticator(scanned.get(id) ?? secret ?? '').at(step * 30)
    },
  }
}
