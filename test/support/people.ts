/** People of the attacks, each with a password and an authenticator. */
import { randomBytes } from 'node:crypto'
import type { ServiceUnderTest } from './serverFixture.ts'
import { Authenticator } from './authenticator.ts'
import { isSecret } from './secrets.ts'

export interface Person {
  readonly id: string
  readonly email: string
  readonly password: string
  authenticator: Authenticator
  /** Unused backup codes, once they were shown. */
  codes: readonly string[]
  /** An unused code; moves the clock when there is none left. */
  code(): Promise<string>
}

export interface NewPerson {
  readonly roles?: readonly ('admin' | 'helpdesk')[]
  readonly groups?: readonly string[]
  readonly status?: 'active' | 'pending' | 'disabled'
  /** Has an authenticator, and has not seen backup codes yet. Default true. */
  readonly enrolled?: boolean
}

export function createPeople({ host, server, password, passwordHash, advance, eventually }: ServiceUnderTest) {
  let count = 0
  return {
    async person({ roles = [], groups = [], status = 'active', enrolled = true }: NewPerson = {}): Promise<Person> {
      count += 1
      const id = `p${count}-${randomBytes(3).toString('hex')}`
      const email = `${id}@example.com`
      const secret = base32(20)
      isSecret('setup key', secret)
      // The record first: an account without one would count as damaged.
      if (enrolled) await host.rekey.adopt([{ id, secret }])
      const secondFactorSince = enrolled ? host.clock.now() : null
      const name = `Person ${count}`
      const account = { id, email, name, roles, groups, status, passwordHash, secondFactorSince }
      // A replica may be late to confirm it.
      await eventually(() => host.directory.create(account))
      let used: { readonly by: Authenticator | null; readonly step: number } = { by: null, step: 0 }
      const person: Person = {
        id,
        email,
        password,
        authenticator: new Authenticator(secret),
        codes: [],
        async code() {
          // The current step, then the next one: both stay valid if a second passes.
          for (const by = person.authenticator; ; await advance(30)) {
            const step = Math.floor(server.now() / 30)
            const next = used.by === by ? Math.max(step, used.step + 1) : step
            if (next > step + 1) continue
            used = { by, step: next }
            return by.at(next * 30)
          }
        },
      }
      return person
    },
  }
}

export type People = ReturnType<typeof createPeople>

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const base32 = (bytes: number): string => [...randomBytes((bytes * 8) / 5)].map((byte) => ALPHABET[byte % 32]).join('')
