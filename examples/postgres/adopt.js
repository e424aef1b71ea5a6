// Takes over the authenticators that people have. Run it as often as you like: see docs/upgrading.md of oidc-rekey.
import { pool } from './database.js'
import { close, rekey } from './rekey.js'

async function* authenticators() {
  const { rows } = await pool.query('SELECT id, totp_secret FROM users WHERE totp_secret IS NOT NULL ORDER BY id')
  for (const { id, totp_secret: secret } of rows) yield { id, secret }
}

const { adopted, unchanged, refused } = await rekey.adopt(authenticators())
console.log(`${adopted} adopted, ${unchanged} unchanged, ${refused.length} refused`)
for (const { id, why } of refused) console.log(`${id}: ${why}`)
await close()
