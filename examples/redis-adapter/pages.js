// The pages that this provider had before: sign-in and consent.
import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import { findByPassword } from './people.js'

const page = (title, form) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<h1>${title}</h1><form method="post">${form}</form></html>`

const signInPage = (alert = '') =>
  page(
    'Sign in',
    `<p role="alert">${alert}</p>
<label>Email <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>`,
  )

export function pages(provider, rekey) {
  const router = new Router()
  const finish = (ctx, result, options) => provider.interactionFinished(ctx.req, ctx.res, result, options)

  router.get('/interaction/:uid', async (ctx) => {
    const { prompt } = await provider.interactionDetails(ctx.req, ctx.res)
    ctx.set('cache-control', 'no-store')
    ctx.body = prompt.name === 'login' ? signInPage() : page('Allow access', '<button>Allow</button>')
  })

  router.post('/interaction/:uid', bodyParser(), async (ctx) => {
    const details = await provider.interactionDetails(ctx.req, ctx.res)
    ctx.respond = false
    if (details.prompt.name === 'consent') return finish(ctx, { consent: { grantId: await allow(details) } })
    const { email, password } = ctx.request.body
    const person = findByPassword(email, password)
    if (!person) {
      ctx.respond = true
      ctx.status = 422
      ctx.body = signInPage('That email and password do not match.')
      return
    }
    const facts = { authenticatedAt: Math.floor(Date.now() / 1000) }
    const result = await rekey.loginResult(person.id, facts, { req: ctx.req, res: ctx.res })
    return finish(ctx, result, { mergeWithLastSubmission: false })
  })

  async function allow({ grantId, params, session, prompt: { details } }) {
    const grant = grantId
      ? await provider.Grant.find(grantId)
      : new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
    grant.addOIDCScope((details.missingOIDCScope ?? []).join(' '))
    grant.addOIDCClaims(details.missingOIDCClaims ?? [])
    for (const [resource, scopes] of Object.entries(details.missingResourceScopes ?? {}))
      grant.addResourceScope(resource, scopes.join(' '))
    return grant.save()
  }

  return router.routes()
}
