// The pages that this provider had before: sign-in and consent.
import { Router, urlencoded } from 'express'
import { findByPassword } from './people.js'

const titles = { login: 'Sign in', consent: 'Allow access' }

export function pages(provider, rekey) {
  const router = Router()

  router.get('/interaction/:uid', async (req, res) => {
    const { prompt } = await provider.interactionDetails(req, res)
    res.set('cache-control', 'no-store').render('interaction', { prompt: prompt.name, title: titles[prompt.name] })
  })

  router.post('/interaction/:uid', urlencoded({ extended: false }), async (req, res) => {
    const details = await provider.interactionDetails(req, res)
    if (details.prompt.name === 'consent') {
      const result = { consent: { grantId: await allow(details) } }
      await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: true })
      return
    }
    const person = findByPassword(req.body.email, req.body.password)
    if (!person) {
      const alert = 'That email and password do not match.'
      res.status(422).render('interaction', { prompt: 'login', title: titles.login, alert })
      return
    }
    const result = await rekey.loginResult(person.id, { authenticatedAt: Math.floor(Date.now() / 1000) }, { req, res })
    await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
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

  return router
}
