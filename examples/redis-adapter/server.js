import { Provider } from 'oidc-provider'
import { createRekey } from 'oidc-rekey'
import { openRedis } from 'oidc-rekey/redis'
import { redis, RedisAdapter } from './adapter.js'
import { pages } from './pages.js'
import { directory, findAccount } from './people.js'

const { PORT = 3000, ISSUER = `http://localhost:${PORT}`, REKEY_KEYS, COOKIE_KEYS } = process.env
const { REDIS_URL = 'redis://localhost:6379' } = process.env

const store = await openRedis({ url: REDIS_URL, warn: console.warn })
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
    adapter: RedisAdapter,
    clients: [{ client_id: 'app', client_secret: 'app-secret', redirect_uris: ['http://localhost:8080/callback'] }],
    cookies: { keys: COOKIE_KEYS.split(',') },
    findAccount,
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  }),
)
await rekey.attach(provider)

// The provider is a Koa application itself.
provider.use(rekey.routes())
provider.use(pages(provider, rekey))
const server = provider.listen(PORT, '127.0.0.1', () => console.log(`open ${ISSUER}/account or ${ISSUER}/admin`))

const stop = () => {
  server.close(async () => {
    await rekey.close()
    await store.close()
    await redis.quit()
  })
  server.closeAllConnections()
}
process.once('SIGINT', stop).once('SIGTERM', stop)
