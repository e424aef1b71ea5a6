import type { Account } from 'oidc-provider'
import type { Directory, DirectoryPerson } from 'oidc-rekey'

type Row = DirectoryPerson & { readonly name: string; readonly password: string; secondFactorSince: number | null }

// In place of your table of users. `secondFactorSince` is the column to add.
const row = (id: string, name: string, roles: DirectoryPerson['roles'] = []): Row => ({
  id,
  email: `${id}@example.com`,
  password: 'correct horse battery staple',
  name,
  roles,
  secondFactorSince: null,
})
const rows = [row('ana', 'Ana Silva'), row('admin', 'Ada Min', ['admin'])]

const personOf = ({ password: _, ...person }: Row): DirectoryPerson => person

export const findByPassword = (email: string, password: string): DirectoryPerson | null =>
  rows.find((item) => item.email === email && item.password === password) ?? null

/** For oidc-provider, as before. */
export function findAccount(_ctx: unknown, id: string): Account | undefined {
  const found = rows.find((item) => item.id === id)
  return found && { accountId: id, claims: () => ({ sub: id, email: found.email, name: found.name }) }
}

/** For oidc-rekey. */
export const directory: Directory = {
  async find(id) {
    const found = rows.find((item) => item.id === id)
    return found ? personOf(found) : null
  },
  async enrolled(id, at) {
    const found = rows.find((item) => item.id === id)
    if (found) found.secondFactorSince ??= at
  },
  async list({ search = '', after = '', limit }) {
    const matches = rows.filter(({ email }) => email.startsWith(search) && email > after)
    return matches
      .toSorted((a, b) => (a.email < b.email ? -1 : 1))
      .slice(0, limit)
      .map(personOf)
  },
}
