import { createRekey } from 'oidc-rekey'
import { openPostgres } from 'oidc-rekey/postgres'
import { pool } from './database.js'
import { createDirectory } from './directory.js'

const { PORT = 3000, ISSUER = `http://localhost:${PORT}`, REKEY_KEYS } = process.env
export const issuer = ISSUER

// The same database, in a schema of its own: one backup for both.
export const store = await openPostgres({ pool })
export const rekey = await createRekey({
  issuer,
  store,
  directory: createDirectory(pool),
  keys: REKEY_KEYS,
  brand: { name: 'Acme ID' },
  // smtpMailer({ url, from }) of oidc-rekey/smtp in production.
  mail: { send: async ({ to, subject, text }) => console.log(`To: ${to}\nSubject: ${subject}\n\n${text}`) },
})

export async function close() {
  await rekey.close()
  await store.close()
  await pool.end()
}
