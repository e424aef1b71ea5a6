import formbody from '@fastify/formbody'
import middie from '@fastify/middie'
import { fastify } from 'fastify'
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

const app = fastify({ forceCloseConnections: true })
// Before middie, whose hook would give our addresses below /oidc to the provider.
const ours = rekey.callback()
app.addHook('onRequest', (request, reply, done) => ours(request.raw, reply.raw, done))
await app.register(middie)
await app.register(formbody)
app.use('/oidc', provider.callback())
await app.register(pages(provider, rekey))
await app.listen({ port: Number(PORT), host: '127.0.0.1' })
console.log(`open ${ISSUER}/account or ${ISSUER}/admin`)

const stop = async () => {
  await app.close()
  await rekey.close()
  await store.close()
}
process.once('SIGINT', stop).once('SIGTERM', stop)
