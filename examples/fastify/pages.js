// The sign-in page that this provider had before. The client is first-party, so there is no consent page.
import { findByPassword } from './people.js'

const signInPage = (alert = '') => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<h1>Sign in</h1><p role="alert">${alert}</p>
<form method="post">
<label>Email <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form></html>`

export function pages(provider, rekey) {
  return async (app) => {
    app.get('/interaction/:uid', async (request, reply) => {
      await provider.interactionDetails(request.raw, reply.raw)
      return reply.type('text/html').header('cache-control', 'no-store').send(signInPage())
    })

    app.post('/interaction/:uid', async (request, reply) => {
      const [req, res] = [request.raw, reply.raw]
      await provider.interactionDetails(req, res)
      const person = findByPassword(request.body.email, request.body.password)
      if (!person) return reply.status(422).type('text/html').send(signInPage('That email and password do not match.'))
      const facts = { authenticatedAt: Math.floor(Date.now() / 1000) }
      const result = await rekey.loginResult(person.id, facts, { req, res })
      reply.hijack()
      await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
    })
  }
}
