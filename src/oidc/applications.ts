/** Applications with grants of an account, and the revocation of these grants, of their codes and of all their tokens. */
import { type AccountRows, firstOf, type GrantRow, listOf } from './rows.ts'
import type { Sessions } from './sessions.ts'
import { stampOf } from './stamp.ts'

export interface AllowedApplication {
  readonly clientId: string
  readonly name: string
  /** Issue time of its oldest live grant. Epoch seconds. */
  readonly since: number
  /** Scopes of OpenID and of every resource. */
  readonly scopes: readonly string[]
}

export interface Applications {
  /** Whether it is a first-party client: the console or the own account. */
  isOurs(clientId: string): boolean
  /** Sorted by name, without first-party clients. */
  list(accountId: string, epoch: number): Promise<AllowedApplication[]>
  /** false: it had no access. */
  end(accountId: string, clientId: string): Promise<boolean>
}

export function createApplications(
  rows: () => AccountRows,
  { nameOf }: Pick<Sessions, 'nameOf'>,
  ours: readonly string[],
): Applications {
  const grantsOf = (accountId: string) => rows().present('Grant', accountId)

  return {
    isOurs: (clientId) => ours.includes(clientId),

    async list(accountId, epoch) {
      const live = (await listOf(firstOf(grantsOf(accountId)))).filter(({ id }) => stampOf(id).epoch === epoch)
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
      const grants = (await listOf(grantsOf(accountId))).filter(({ row }) => row.clientId === clientId)
      return (await Promise.all(grants.map(({ id }) => rows().endGrant(id)))).includes(true)
    },
  }
}

const scopesOf = ({ openid, resources = {} }: GrantRow): string[] =>
  [openid?.scope ?? '', ...Object.values(resources)].flatMap((text) => text.split(' ').filter(Boolean))
