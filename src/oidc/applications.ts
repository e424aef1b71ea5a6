/** Which applications may know or do what for an account, and the end of that: with a grant die its codes and tokens, those for later too. */
import type { Artefacts } from '../store/store.ts'
import { endGrant } from './endGrants.ts'
import type { Sessions } from './sessions.ts'
import { stampOfGrant } from './stamp.ts'

export interface AllowedApplication {
  readonly clientId: string
  readonly name: string
  /** Since when without a break. Epoch seconds. */
  readonly since: number
  /** By name, `openid` and those of every resource included. */
  readonly scopes: readonly string[]
}

export interface Applications {
  /** Of the house itself: the console, the own account. */
  isOurs(clientId: string): boolean
  /** By name; those of the house itself are left out. */
  list(accountId: string, epoch: number): Promise<AllowedApplication[]>
  /** false: it had no access (any more). */
  end(accountId: string, clientId: string): Promise<boolean>
}

/** Rows read at a time. */
const PAGE = 200

interface Row {
  readonly clientId?: string
  readonly iat?: number
  readonly openid?: { readonly scope?: string }
  readonly resources?: Readonly<Record<string, string>>
}

interface Found {
  readonly id: string
  readonly row: Row
}

export function createApplications(
  artefacts: Artefacts,
  { nameOf }: Pick<Sessions, 'nameOf'>,
  ours: readonly string[],
): Applications {
  async function grantsOf(accountId: string, after = ''): Promise<Found[]> {
    const page = await artefacts.ofAccount('Grant', accountId, after, PAGE)
    const found = page.map(({ id, text }) => ({ id, row: JSON.parse(text) as Row }))
    const last = found.at(-1)
    return last && page.length === PAGE ? [...found, ...(await grantsOf(accountId, last.id))] : found
  }

  return {
    isOurs: (clientId) => ours.includes(clientId),

    async list(accountId, epoch) {
      const live = (await grantsOf(accountId)).filter(({ id }) => stampOfGrant(id)?.epoch === epoch)
      const theirs = Map.groupBy(live, ({ row }) => row.clientId ?? '')
      const allowed = [...theirs]
        .filter(([clientId]) => clientId !== '' && !ours.includes(clientId))
        .map(async ([clientId, grants]): Promise<AllowedApplication> => ({
          clientId,
          name: await nameOf(clientId),
          since: Math.min(...grants.map(({ row }) => row.iat ?? 0)),
          scopes: [...new Set(grants.flatMap(({ row }) => scopesOf(row)))],
        }))
      return (await Promise.all(allowed)).toSorted((a, b) => a.name.localeCompare(b.name))
    },

    async end(accountId, clientId) {
      const grants = (await grantsOf(accountId)).filter(({ row }) => row.clientId === clientId)
      return (await Promise.all(grants.map(({ id }) => endGrant(artefacts, id)))).includes(true)
    },
  }
}

const scopesOf = ({ openid, resources = {} }: Row): string[] =>
  [openid?.scope ?? '', ...Object.values(resources)].flatMap((text) => text.split(' ').filter(Boolean))
