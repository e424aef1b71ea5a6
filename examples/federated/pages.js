// The sign-in leads to the other provider and comes back. The second factor is asked here.
import { createHmac } from 'node:crypto'
import Router from '@koa/router'
import * as client from 'openid-client'
import { findByEmail } from './people.js'

const verifierOf = (uid) => createHmac('sha256', process.env.COOKIE_KEYS).update(uid).digest('base64url')

export async function pages(provider, rekey, { upstream, redirectUri }) {
  const configuration = await client.discovery(upstream, 'us', 'us-secret', undefined, {
    // Plain http, on this machine only.
    execute: [client.allowInsecureRequests],
  })
  const router = new Router()

  router.get('/interaction/:uid', async (ctx) => {
    const { uid, prompt } = await provider.interactionDetails(ctx.req, ctx.res)
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid email',
      state: uid,
      code_challenge: await client.calculatePKCECodeChallenge(verifierOf(uid)),
      code_challenge_method: 'S256',
      // A session over there is not enough where a fresh password is needed.
      ...(prompt.reasons.includes('no_session') ? {} : { prompt: 'login', max_age: '0' }),
    })
    ctx.redirect(url.href)
  })

  // The cookie of the sign-in has the path /interaction/UID, so the answer goes on to there.
  router.get('/callback', (ctx) => ctx.redirect(`/interaction/${encodeURIComponent(ctx.query.state)}/end${ctx.search}`))

  router.get('/interaction/:uid/end', async (ctx) => {
    const { uid } = await provider.interactionDetails(ctx.req, ctx.res)
    const answer = new URL(redirectUri)
    answer.search = ctx.search
    const tokens = await client.authorizationCodeGrant(configuration, answer, {
      pkceCodeVerifier: verifierOf(uid),
      expectedState: uid,
    })
    const { email, auth_time: authenticatedAt = Math.floor(Date.now() / 1000) } = tokens.claims()
    const person = findByEmail(email)
    if (!person) ctx.throw(403, 'there is no account for this person')
    const result = await rekey.loginResult(person.id, { authenticatedAt, amr: ['fed'] }, { req: ctx.req, res: ctx.res })
    ctx.respond = false
    await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false })
  })

  return router.routes()
}
