/** Passwords of the embedded directory: checking, setting, and the cost for emails without an account. */
import { emailKey } from '../../email.ts'
import { checkPassword, hashPassword } from '../../crypto/passwords.ts'
import type { Directory } from '../../ports.ts'
import { type Costs, costForUnknown, countCosts } from './passwordCosts.ts'
import type { Change, People } from './people.ts'
import { isRemoved, parse, personOf } from './profile.ts'

type Passwords = Required<Pick<Directory, 'authenticate' | 'hashPassword' | 'setPassword'>> & {
  learnCosts(): Promise<void>
}

/** Accounts read to learn the stored costs. Count. */
const SAMPLE_SIZE = 1000

export function passwordsOf({ profiles, findByEmail, change }: People, key: Uint8Array): Passwords {
  let costs: Costs = []
  return {
    hashPassword,

    // The same work for every email and every fault: one look-up and one hash.
    async authenticate(email, password, attempt) {
      const found = await findByEmail(email)
      if (attempt && !(await attempt.admit(found?.id ?? null))) return null
      const phc = found?.profile.passwordHash ?? null
      const cost = costForUnknown(emailKey(email), costs, key)
      const check = await checkPassword(phc, password, attempt?.network, cost)
      if (!found || check === 'wrong' || phc === null || found.profile.status !== 'active') return null
      const { passwordGeneration = 0 } = found.profile
      if (check === 'outdated') {
        const passwordHash = await hashPassword(password)
        const rehash: Change = (profile) => (profile.passwordHash === phc ? { ...profile, passwordHash } : profile)
        await change(found.id, rehash, { durable: false })
      }
      return { ...personOf(found.id, found.profile), passwordGeneration }
    },

    setPassword: (id, passwordHash, { generation }) =>
      change(id, (profile) => {
        const isKnown = profile.passwordHash === passwordHash && profile.passwordGeneration === generation
        if (isKnown || (profile.passwordGeneration ?? 0) > generation) return profile
        return { ...profile, passwordHash, passwordGeneration: generation }
      }),

    async learnCosts() {
      // The same accounts in every process, so that an unknown email costs the same in each.
      const found = await profiles.list({ limit: SAMPLE_SIZE })
      costs = countCosts(found.flatMap((item) => (isRemoved(item) ? [] : (parse(item).passwordHash ?? []))))
    },
  }
}
