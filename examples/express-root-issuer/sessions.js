// Sessions of the application itself: they sign a person in at the provider without a password.
import session from 'express-session'

const store = new session.MemoryStore()

export const sessions = session({
  store,
  secret: process.env.COOKIE_KEYS.split(','),
  resave: false,
  saveUninitialized: false,
  cookie: { sameSite: 'lax' },
})

/** For oidc-rekey: after a reset a session of this application may sign in no longer. */
export async function endSessionsOf(id) {
  const all = await new Promise((resolve, reject) =>
    store.all((error, found) => (error ? reject(error) : resolve(found))),
  )
  for (const [sid, { accountId }] of Object.entries(all ?? {}))
    if (accountId === id) await new Promise((resolve) => store.destroy(sid, resolve))
}
