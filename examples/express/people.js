// In place of your table of users. `secondFactorSince` is the column to add.
const row = (id, name, roles = []) => ({
  id,
  email: `${id}@example.com`,
  password: 'correct horse battery staple',
  name,
  roles,
  secondFactorSince: null,
})
const rows = [row('ana', 'Ana Silva'), row('admin', 'Ada Min', ['admin'])]

const personOf = ({ password: _, ...person }) => person

export const findByPassword = (email, password) =>
  rows.find((item) => item.email === email && item.password === password) ?? null

/** For oidc-provider, as before. */
export function findAccount(_ctx, id) {
  const found = rows.find((item) => item.id === id)
  return found && { accountId: id, claims: () => ({ sub: id, email: found.email, name: found.name }) }
}

/** For oidc-rekey. */
export const directory = {
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
