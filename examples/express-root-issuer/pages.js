// The sign-in page that this provider had before. Consent is given by loadExistingGrant in server.js.
import { Router, urlencoded } from 'express'
import { findByPassword } from './people.js'

const signInPage = (alert = '') => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<h1>Sign in</h1><p role="alert">${alert}</p>
<form method="post">
<label>Email <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form></html>`

/** Reasons for which a session of this application is not enough. */
const asksForPassword = ['login_prompt', 'max_age', 'password_too_old', 'sign_in_refused']

/** Levels of assurance of this host's own, which its sign-in page meets. */
export const ownAcr = ['urn:example:loa1']

export function pages(provider, rekey) {
  const router = Router()

  const finish = async (req, res, { params }) => {
    const { accountId, authenticatedAt } = req.session
    const acr = params.acr_values?.split(' ').find((value) => ownAcr.includes(value))
    const facts = { authenticatedAt, ...(acr && { acr }) }
    const result = await rekey.loginResult(accountId, facts, { req, res })
    await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
  }

  router.get('/interaction/:uid', async (req, res) => {
    const details = await provider.interactionDetails(req, res)
    const mustAsk = details.prompt.reasons.some((reason) => asksForPassword.includes(reason))
    if (req.session.accountId && !mustAsk) await finish(req, res, details)
    else res.set('cache-control', 'no-store').send(signInPage())
  })

  router.post('/interaction/:uid', urlencoded({ extended: false }), async (req, res) => {
    const details = await provider.interactionDetails(req, res)
    const person = findByPassword(req.body.email, req.body.password)
    if (!person) {
      res.status(422).send(signInPage('That email and password do not match.'))
      return
    }
    await new Promise((resolve) => req.session.regenerate(resolve))
    Object.assign(req.session, { accountId: person.id, authenticatedAt: Math.floor(Date.now() / 1000) })
    await finish(req, res, details)
  })

  return router
}
