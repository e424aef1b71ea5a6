import express, { urlencoded } from 'express'
import { Provider } from 'oidc-provider'
import { pool } from './database.js'
import { matches } from './passwords.js'
import { close, issuer, rekey } from './rekey.js'

const { PORT = 3000, COOKIE_KEYS } = process.env

async function findByPassword(email, password) {
  const { rows } = await pool.query("SELECT id, password FROM users WHERE email = lower($1) AND status = 'active'", [
    email,
  ])
  return rows[0] && (await matches(password, rows[0].password)) ? rows[0] : null
}

async function findAccount(_ctx, id) {
  const { rows } = await pool.query("SELECT email, name FROM users WHERE id = $1 AND status = 'active'", [id])
  return rows[0] && { accountId: id, claims: () => ({ sub: id, ...rows[0] }) }
}

const signInPage = (alert = '') => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<h1>Sign in</h1><p role="alert">${alert}</p>
<form method="post">
<label>Email <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form></html>`

const application = { client_id: 'app', client_secret: 'app-secret', redirect_uris: ['http://localhost:8080/callback'] }
const provider = new Provider(
  issuer,
  rekey.configuration({
    clients: [{ ...application, first_party: true }],
    cookies: { keys: COOKIE_KEYS.split(',') },
    findAccount,
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  }),
)
await rekey.attach(provider)

const app = express()
app.use(rekey.callback())
app.get('/interaction/:uid', async (req, res) => {
  await provider.interactionDetails(req, res)
  res.set('cache-control', 'no-store').send(signInPage())
})
app.post('/interaction/:uid', urlencoded({ extended: false }), async (req, res) => {
  await provider.interactionDetails(req, res)
  const person = await findByPassword(req.body.email, req.body.password)
  if (!person) {
    res.status(422).send(signInPage('That email and password do not match.'))
    return
  }
  const result = await rekey.loginResult(person.id, { authenticatedAt: Math.floor(Date.now() / 1000) }, { req, res })
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
})
app.use(provider.callback())
const server = app.listen(PORT, '127.0.0.1', () => console.log(`open ${issuer}/account or ${issuer}/admin`))

const stop = () => {
  server.close(close)
  server.closeAllConnections()
}
process.once('SIGINT', stop).once('SIGTERM', stop)
