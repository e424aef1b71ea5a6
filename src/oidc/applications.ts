/** The applications that an account has allowed something, and the end of that. A grant ends with its codes and tokens, refresh tokens too. */
import type { Artefacts } from '../store/store.ts'
import { endGrant } from './endGrants.ts'
import { type GrantRow, allRowsOf } from './rows.ts'
import type { Sessions } from './sessions.ts'
import { stampOfGrant } from './stamp.ts'

export interface AllowedApplication {
  readonly clientId: string
  readonly name: string
  /** When the oldest of its live grants was made. Epoch seconds. */
  readonly since: number
  /** By name, `openid` and those of every resource included. */
  readonly scopes: readonly string[]
}

export interface Applications {
  /** A first-party client: the console, the own account. */
  isOurs(clientId: string): boolean
  /** By name; first-party clients are left out. */
  list(accountId: string, epoch: number): Promise<AllowedApplication[]>
  /** false: it had no access (any more). */
  end(accountId: string, clientId: string): Promise<boolean>
}

export function createApplications(
  artefacts: Artefacts,
  { nameOf }: Pick<Sessions, 'nameOf'>,
  ours: readonly string[],
): Applications {
  const grantsOf = (accountId: string) => allRowsOf(artefacts, 'Grant', accountId)

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

const scopesOf = ({ openid, resources = {} }: GrantRow): string[] =>
  [openid?.scope ?? '', ...Object.values(resources)].flatMap((text) => text.split(' ').filter(Boolean))
