import express from 'express'
import { Provider } from 'oidc-provider'
import { createRekey } from 'oidc-rekey'
import { openSqlite } from 'oidc-rekey/sqlite'
import { pages } from './pages.js'
import { directory, findAccount } from './people.js'

const { PORT = 3000, ISSUER = `http://localhost:${PORT}/oidc`, REKEY_KEYS, COOKIE_KEYS } = process.env

const store = await openSqlite({ directory: 'data' })
const rekey = await createRekey({
  issuer: ISSUER,
  store,
  directory,
  keys: REKEY_KEYS,
  brand: { name: 'Acme ID' },
  existingFactors: 'none',
  // smtpMailer({ url, from }) of oidc-rekey/smtp in production.
  mail: { send: async ({ to, subject, text }) => console.log(`To: ${to}\nSubject: ${subject}\n\n${text}`) },
})

const provider = new Provider(
  ISSUER,
  rekey.configuration({
    clients: [{ client_id: 'app', client_secret: 'app-secret', redirect_uris: ['http://localhost:8080/callback'] }],
    cookies: { keys: COOKIE_KEYS.split(',') },
    findAccount,
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  }),
)
await rekey.attach(provider)

const app = express()
app.set('views', new URL('views', import.meta.url).pathname)
app.set('view engine', 'ejs')
app.use(rekey.callback())
app.use(pages(provider, rekey))
app.use('/oidc', provider.callback())
const server = app.listen(PORT, '127.0.0.1', () => console.log(`open ${ISSUER}/account or ${ISSUER}/admin`))

const stop = () => {
  server.close(async () => {
    await rekey.close()
    await store.close()
  })
  server.closeAllConnections()
}
process.once('SIGINT', stop).once('SIGTERM', stop)
