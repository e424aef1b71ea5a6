import express from 'express'
import { Provider } from 'oidc-provider'
import { createRekey } from 'oidc-rekey'
import { openSqlite } from 'oidc-rekey/sqlite'
import { ownAcr, pages } from './pages.js'
import { directory, findAccount } from './people.js'
import { endSessionsOf, sessions } from './sessions.js'

const { PORT = 3000, ISSUER = `http://localhost:${PORT}`, REKEY_KEYS, COOKIE_KEYS } = process.env

const store = await openSqlite({ directory: 'data' })
const rekey = await createRekey({
  issuer: ISSUER,
  mountPath: '/oauth',
  store,
  directory: { ...directory, signedOut: endSessionsOf },
  keys: REKEY_KEYS,
  brand: { name: 'Acme ID' },
  existingFactors: 'none',
  // smtpMailer({ url, from }) of oidc-rekey/smtp in production.
  mail: { send: async ({ to, subject, text }) => console.log(`To: ${to}\nSubject: ${subject}\n\n${text}`) },
})

const provider = new Provider(
  ISSUER,
  rekey.configuration({
    acrValues: ownAcr,
    clients: [{ client_id: 'app', client_secret: 'app-secret', redirect_uris: ['http://localhost:8080/callback'] }],
    cookies: { keys: COOKIE_KEYS.split(',') },
    findAccount,
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    // All applications are this host's own: nobody is asked for consent.
    async loadExistingGrant(ctx) {
      const { client, session, params } = ctx.oidc
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope(params.scope)
      await grant.save()
      return grant
    },
  }),
)
await rekey.attach(provider)

const app = express()
app.use(rekey.callback())
app.use(sessions)
app.use(pages(provider, rekey))
app.get('/.well-known/openid-configuration', (req, _res, next) => {
  req.url = req.originalUrl = `/oauth${req.url}`
  next('route')
})
app.use('/oauth', provider.callback())
const server = app.listen(PORT, '127.0.0.1', () => console.log(`open ${ISSUER}/account or ${ISSUER}/admin`))

const stop = () => {
  server.close(async () => {
    await rekey.close()
    await store.close()
  })
  server.closeAllConnections()
}
process.once('SIGINT', stop).once('SIGTERM', stop)
