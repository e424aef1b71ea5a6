/** A host's directory, completed: inside this package a person has every field. */
import { searchText, spellings } from './email.ts'
import type { Directory, DirectoryPerson, HostDirectory, Person } from './ports.ts'

/** Whether people are in the answer. */
const answersPeople: { readonly [K in keyof Required<Directory>]: boolean } = {
  find: true,
  authenticate: true,
  foreignFactor: false,
  enrolled: false,
  factorChanged: false,
  list: true,
  count: false,
  create: true,
  findByEmail: true,
  hashPassword: false,
  setPassword: true,
  verifyEmail: false,
  signedOut: false,
  change: true,
  remove: false,
}

/** Each method is looked up when it is called, so what the host adds later counts, and its `this` is the host's object. */
export function completeDirectory(given: HostDirectory): Directory {
  return withSpellings(proxied(given))
}

function proxied(given: HostDirectory): Directory {
  return new Proxy({} as Directory, {
    has: (_, name) => Reflect.has(given, name),
    get(_, name) {
      const method: unknown = Reflect.get(given, name)
      if (typeof method !== 'function') return method
      if (!isOfDirectory(name) || !answersPeople[name])
        return (...args: unknown[]) => Reflect.apply(method, given, args) as unknown
      return async (...args: unknown[]) => completedAnswer(await Reflect.apply(method, given, args))
    },
  })
}

const isOfDirectory = (name: PropertyKey): name is keyof Directory => Object.hasOwn(answersPeople, name)

/** Of one person, of a list, or of another answer: null, 'exists'. What has not the form of a person is for the doctor to name. */
function completedAnswer(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(completedAnswer)
  return typeof answer === 'object' && answer !== null ? completed(answer as DirectoryPerson) : answer
}

/** `secondFactorSince` has no default: absent must not read as "never had a second factor". */
function completed<P extends DirectoryPerson>(given: P): P & Person {
  const { name, locale = null, roles = [], groups = [], status = 'active', createdAt = 0 } = given
  return { ...given, name: name ?? given.email, locale, roles, groups, status, createdAt }
}

/**
 * What a person typed reaches the host in canonical form. A host may keep the domain in the other spelling, so that this is asked for too:
 * always, since the time must not show which accounts exist.
 */
function withSpellings(directory: Directory): Directory {
  const replaced: Partial<Directory> = {
    async findByEmail(typed) {
      for (const email of spellings(typed)) {
        const person = await directory.findByEmail?.(email)
        if (person) return person
      }
      return null
    },
    async authenticate(typed, password, attempt) {
      let known: string | null = null
      const once = attempt && {
        network: attempt.network,
        admit: async (id: string | null) => attempt.admit((known ??= id)),
      }
      for (const email of spellings(typed)) {
        const person = await directory.authenticate?.(email, password, once)
        if (person) return person
      }
      return null
    },
    list: ({ search, ...query }) =>
      directory.list({ ...query, ...(search !== undefined && { search: searchText(search) }) }),
    count: async ({ search, ...query }, most) =>
      (await directory.count?.({ ...query, ...(search !== undefined && { search: searchText(search) }) }, most)) ?? 0,
  }
  return new Proxy(directory, {
    get(_, name): unknown {
      const given: unknown = Reflect.get(directory, name)
      const other: unknown = typeof given === 'function' ? Reflect.get(replaced, name) : undefined
      return other ?? given
    },
  })
}
