/** The directory: its methods, what they answer, and the factors of its people. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { newId } from '../crypto/tokens.ts'
import { accountStatuses, type Person, roles } from '../ports.ts'
import { CANARY, type Check, type Facts, type Trouble } from './check.ts'

/** Seconds since 1970 stay below this until the year 5138; milliseconds have been above it since 1973. */
const MOST_SECONDS = 100_000_000_000

const seconds = z.number().max(MOST_SECONDS, 'is in milliseconds; seconds are needed')
const person = z.object({
  id: z.string().min(1),
  email: z.string().min(1),
  emailVerified: z.boolean().optional(),
  name: z.string(),
  givenName: z.string().nullish(),
  familyName: z.string().nullish(),
  preferredUsername: z.string().nullish(),
  locale: z.string().nullable(),
  roles: z.array(z.enum(roles)),
  groups: z.array(z.string()),
  status: z.enum(accountStatuses),
  createdAt: seconds,
  secondFactorSince: seconds.nullable(),
})

/** People read to judge the directory. Count. */
const SAMPLE = 20

const methods = ['find', 'enrolled', 'list'] as const

export const directory: Check<Facts> = {
  severity: 'fatal',
  mend: 'See docs/directory.md, which says what each method answers; directoryContract of oidc-rekey/testing checks it',
  async run({ directory: given }) {
    const missing = methods.filter((name) => typeof given[name] !== 'function')
    if (missing.length > 0) return [{ found: `the directory lacks ${missing.join(', ')}` }]
    const unknown: unknown = await given.find(CANARY + newId())
    if (unknown === undefined)
      return [
        {
          found: 'directory.find answers undefined for an unknown id',
          mend: 'Return null, for example by `?? null` after the look-up',
        },
      ]
    if (unknown !== null) return [{ found: 'directory.find answers something other than null for an unknown id' }]
    const people: unknown = await given.list({ limit: SAMPLE })
    if (!Array.isArray(people)) return [{ found: 'directory.list answers no array' }]
    // Two people are enough to see that a limit is ignored.
    const shortest = people.length > 1 ? await given.list({ limit: 1 }) : people
    if (shortest.length > 1) return [{ found: `directory.list answers ${shortest.length} people for a limit of 1` }]
    return troublesOf(people as Person[], given.find)
  },
}

async function troublesOf(people: readonly Person[], find: Facts['directory']['find']): Promise<Trouble[]> {
  const faults = people.map((item) => faultOf('directory.list', item)).find(Boolean)
  if (faults) return [{ found: faults }]
  if (people.length > SAMPLE)
    return [{ found: `directory.list answers ${people.length} people for a limit of ${SAMPLE}` }]
  const emails = people.map(({ email }) => email)
  if (emails.some((email, index) => index > 0 && email < (emails[index - 1] ?? '')))
    return [{ found: 'directory.list is not ordered by email' }]
  const [first] = people
  if (!first) return []
  const twice = [await find(first.id), await find(first.id)]
  const fault = faultOf('directory.find', twice[0])
  if (fault) return [{ found: fault }]
  return isDeepStrictEqual(twice[0], twice[1])
    ? []
    : [{ found: 'directory.find answers differently when it is called twice for one person' }]
}

/** Never contains what a person's fields say. */
function faultOf(method: string, item: unknown): string | null {
  const { error } = person.safeParse(item)
  const [issue] = error?.issues ?? []
  if (!issue) return null
  const path = issue.path.join('.')
  return path === '' ? `${method} answers no person` : `${method}: ${path}: ${issue.message}`
}
