import { createRekey } from 'oidc-rekey'
import { openSqlite } from 'oidc-rekey/sqlite'
import { directory } from './people.js'

const { PORT = '3000' } = process.env
export const issuer = process.env.ISSUER ?? `http://localhost:${PORT}/oidc`

export const store = await openSqlite({ directory: 'data' })
export const rekey = await createRekey({
  issuer,
  store,
  directory,
  keys: process.env.REKEY_KEYS ?? '',
  brand: { name: 'Acme ID' },
  existingFactors: 'none',
  // smtpMailer({ url, from }) of oidc-rekey/smtp in production.
  mail: { send: async ({ to, subject, text }) => console.log(`To: ${to}\nSubject: ${subject}\n\n${text}`) },
})
