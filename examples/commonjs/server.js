// node:http alone: our pages, then the sign-in page, then the provider.
const { createServer } = require('node:http')
const { text } = require('node:stream/consumers')
const { Provider } = require('oidc-provider')
const { createRekey } = require('oidc-rekey')
const { openSqlite } = require('oidc-rekey/sqlite')
const { directory, findAccount, findByPassword } = require('./people.js')

const { PORT = 3000, ISSUER = `http://localhost:${PORT}`, REKEY_KEYS, COOKIE_KEYS } = process.env

const signInPage = (alert = '') => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<h1>Sign in</h1><p role="alert">${alert}</p>
<form method="post">
<label>Email <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form></html>`

async function answerSignIn(provider, rekey, req, res) {
  await provider.interactionDetails(req, res)
  const fields = new URLSearchParams(req.method === 'POST' ? await text(req) : '')
  const person = findByPassword(fields.get('email'), fields.get('password'))
  if (person) {
    const result = await rekey.loginResult(person.id, { authenticatedAt: Math.floor(Date.now() / 1000) }, { req, res })
    await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
    return
  }
  const [status, alert] = req.method === 'POST' ? [422, 'That email and password do not match.'] : [200, '']
  res.writeHead(status, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end(signInPage(alert))
}

async function main() {
  const store = await openSqlite({ directory: 'data' })
  const rekey = await createRekey({
    issuer: ISSUER,
    store,
    directory,
    keys: REKEY_KEYS,
    brand: { name: 'Acme ID' },
    existingFactors: 'none',
    // smtpMailer({ url, from }) of oidc-rekey/smtp in production.
    mail: { send: async ({ to, subject, text: body }) => console.log(`To: ${to}\nSubject: ${subject}\n\n${body}`) },
  })
  const client = { client_id: 'app', client_secret: 'app-secret', redirect_uris: ['http://localhost:8080/callback'] }
  const provider = new Provider(
    ISSUER,
    rekey.configuration({
      clients: [{ ...client, first_party: true }],
      cookies: { keys: COOKIE_KEYS.split(',') },
      findAccount,
      interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    }),
  )
  await rekey.attach(provider)

  const ours = rekey.callback()
  const theirs = provider.callback()
  const server = createServer((req, res) => {
    ours(req, res, () => {
      if (!req.url.startsWith('/interaction/')) return theirs(req, res)
      answerSignIn(provider, rekey, req, res).catch((error) => res.writeHead(error.status ?? 500).end(error.message))
    })
  })
  server.listen(PORT, '127.0.0.1', () => console.log(`open ${ISSUER}/account or ${ISSUER}/admin`))

  const stop = () => {
    server.close(async () => {
      await rekey.close()
      await store.close()
    })
    server.closeAllConnections()
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
}

main()
