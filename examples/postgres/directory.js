/** The table of users as oidc-rekey asks for it. */
const columns = 'id, email, name, is_admin, status, extract(epoch FROM created_at) AS created_at, second_factor_since'

const personOf = (row) => ({
  id: row.id,
  email: row.email,
  name: row.name,
  roles: row.is_admin ? ['admin'] : [],
  status: row.status,
  createdAt: Math.floor(Number(row.created_at)),
  secondFactorSince: row.second_factor_since === null ? null : Number(row.second_factor_since),
})

export const createDirectory = (pool) => ({
  async find(id) {
    const { rows } = await pool.query(`SELECT ${columns} FROM users WHERE id = $1`, [id])
    return rows[0] ? personOf(rows[0]) : null
  },

  /** May be called again: the first time counts. */
  async enrolled(id, at) {
    await pool.query(
      `UPDATE users SET second_factor_since = coalesce(second_factor_since, $2),
         status = CASE status WHEN 'pending' THEN 'active' ELSE status END
        WHERE id = $1`,
      [id, at],
    )
  },

  /** The column email has COLLATE "C": the order is that of its code points. */
  async list({ search = '', status = null, after = '', limit }) {
    const { rows } = await pool.query(
      `SELECT ${columns} FROM users
        WHERE email > $1 AND ($2::text IS NULL OR status = $2)
          AND (starts_with(email, $3)
               OR EXISTS (SELECT FROM regexp_split_to_table(lower(name), '\\s+') word WHERE starts_with(word, $3)))
        ORDER BY email LIMIT $4`,
      [after, status, search.toLowerCase(), limit],
    )
    return rows.map(personOf)
  },
})
