// The table that this application had before, with two people. Their authenticators were its own affair: `totp_secret`.
import { pool } from './database.js'
import { hash } from './passwords.js'

await pool.query(`CREATE TABLE IF NOT EXISTS users (
  id text PRIMARY KEY,
  email text COLLATE "C" UNIQUE NOT NULL,
  name text NOT NULL,
  password text NOT NULL,
  is_admin boolean NOT NULL DEFAULT false,
  status text NOT NULL DEFAULT 'active',
  created_at timestamptz NOT NULL DEFAULT now(),
  totp_secret text
)`)

// The column to add: since when a person has a second factor, epoch seconds.
await pool.query('ALTER TABLE users ADD COLUMN IF NOT EXISTS second_factor_since bigint')

const insert = `INSERT INTO users (id, email, name, password, is_admin, totp_secret)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`
const password = await hash('correct horse battery staple')
await pool.query(insert, [
  'ana',
  'ana@example.com',
  'Ana Silva',
  password,
  false,
  'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP',
])
await pool.query(insert, ['admin', 'admin@example.com', 'Ada Min', password, true, null])
await pool.end()
