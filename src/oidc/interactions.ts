/**
 * The door for pages to one sign-in in progress. Until the second factor is proven no OP session exists: what is known so far waits
 * in the interaction (`result.pending`), written only on progress, and the sign-in is finished once, with its stamp.
 */
import { errors, type Grant, type Interaction, type InteractionResults, type Provider } from 'oidc-provider'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'koa'
import type { Clock } from '../ports.ts'
import { acrOf, amrOf, proofOf, type Proven } from './claims.ts'
import { type Device, deviceOf } from '../core/device.ts'
import { allow, type GrantingSession, newGrant } from './grants.ts'
import { mayContinue } from '../core/browser.ts'
import { bindingOfInteraction, type SignInBrowsers, signInIdOf } from './browser.ts'
import type { ClientLogout } from './clientLogout.ts'
import { keepCookies } from './internals.ts'
import { type Assurance, FRESH_SECONDS, needsSecondFactorOf, type AccountPrompt } from './policy.ts'
import { fulfilledBy, provenFor } from './accountPrompts.ts'
import { readStamp, type Stamp } from './stamp.ts'

export type { Proof, Proven } from './claims.ts'
export type { AccountPrompt } from './policy.ts'
export type { SignInBrowsers } from './browser.ts'
export { isAccountPrompt } from './policy.ts'

export interface ClientView {
  readonly id: string
  readonly name: string
  readonly host: string
}

/** What is known of a sign-in that is not finished. `sealed` is the holder's own: a secret being set up, codes being shown. */
export interface Pending {
  readonly accountId: string
  /** For the pages to show. */
  readonly email: string
  /** The language of its holder, BCP 47; absent or null: not known. */
  readonly locale?: string | null
  readonly epoch: number
  /** When the password was checked (or the session's sign-in, for a step-up). Epoch seconds. */
  readonly authenticatedAt: number
  /** `change`: what somebody asked for their own account, before it is begun; `link`: the mailed link is needed too. */
  readonly stage: 'begin' | 'code' | 'change' | 'password' | 'link' | 'set-up' | 'codes'
  /** Digest of the mailed link that this very browser opened, where it is needed too. Absent or null: none. */
  readonly link?: string | null
  readonly sealed: string | null
  /** Until when `sealed` is shown. */
  readonly until: number
  /** Set once the second factor is proven: what remains is to save the codes, or to make the change that was asked for. */
  readonly proven: Proven | null
  /** Requests that this sign-in has fulfilled on its way: a set-up replaces and renews as well. Default none. */
  readonly fulfilled?: readonly AccountPrompt[]
  /** Digest of the secret of the browser that gave the first proof; null: no proof was given in this sign-in. */
  readonly browser: string | null
}

export interface SignIn {
  readonly uid: string
  /** The same for every step of one request. */
  readonly id: string
  /** Digest of the secret of the browser it belongs to; null: no browser yet. */
  readonly browser: string | null
  /** The form that was sent is the one that gave the first proof: it was sent twice. */
  readonly isRepeated: boolean
  readonly prompt: 'login' | 'two_factor' | 'consent' | AccountPrompt
  readonly client: ClientView | null
  readonly loginHint: string | null
  readonly uiLocales: string | null
  readonly needsSecondFactor: boolean
  readonly pending: Pending | null
  /** The session the request came with, when it is still alive. */
  readonly session: {
    readonly accountId: string
    readonly stamp: Stamp
    readonly loginAt: number
    /** A factor may be set up on it without another password. */
    readonly isFresh: boolean
    /** What of its sign-in counts for a change of the account: one made for this very request, or by a backup code just now. */
    readonly proven: Proven | null
  } | null
  /** The browser it is in. */
  readonly device: Device
  /** The sign-in is done; only the way back remains. */
  readonly finished: boolean
  /** Whose it was when it was finished; null: nobody’s. */
  readonly finishedBy: string | null
  /** Where the browser goes when it is done. */
  readonly returnTo: string
  readonly expiresAt: number
  /** What the consent page is about. */
  readonly request: { readonly scopes: readonly string[]; readonly resource: readonly string[] }
}

/** Who signed in, and how. */
export interface Facts {
  readonly accountId: string
  readonly epoch: number
  readonly authenticatedAt: number
  /** From when on the end of other sessions ends it too, until it is a session. Absent: `authenticatedAt`. */
  readonly since?: number
  readonly proven: Proven | null
  readonly fulfilled?: readonly AccountPrompt[]
}

export interface BoundFacts extends Facts {
  /** Digest of the secret of the browser; null: a host's page that passed no request and response. */
  readonly browser: string | null
}

/** There is no such sign-in any more: finished, too old, or ended together with its session by a reset. */
export class SignInOver extends Error {
  override readonly name = 'SignInOver'
}

/** Every method throws `SignInOver` when there is no such sign-in (any more), and `StoreUnavailable`. */
export interface Interactions {
  /** @param formSecret of the form that was sent: a form sent twice shows its first result, with or without the cookie */
  details(req: IncomingMessage, res: ServerResponse, uid: string, formSecret?: string | null): Promise<SignIn>
  /** Has the browser keep the secret of the sign-in that it shows the cookie of; the digest for the result. */
  bind(req: IncomingMessage, res: ServerResponse, secret: string): Promise<string>
  /** Notes progress; what was known before is replaced. */
  save(signIn: SignIn, pending: Pending): Promise<void>
  /** The same with more time from now on; the browser's cookies last as long. Seconds. */
  prolong(ctx: Context, signIn: SignIn, pending: Pending, seconds: number): Promise<void>
  /** The password was accepted: from now on it lives as long as a sign-in usually does. Nothing is stored until the next `save`. */
  lengthen(ctx: Context, signIn: SignIn): SignIn
  /** The sign-in's session dies with the epoch that is about to rise: the sign-in must not die with it. */
  detach(signIn: SignIn): Promise<void>
  finish(signIn: SignIn, facts: BoundFacts): Promise<void>
  consent(signIn: SignIn): Promise<void>
  deny(signIn: SignIn): Promise<void>
}

export function loginResult(facts: BoundFacts, assurance: Assurance): InteractionResults {
  const { accountId, epoch, authenticatedAt, since = authenticatedAt, proven, browser } = facts
  const proof = proven?.proof ?? 'password'
  const twoFactor: Stamp = { accountId, epoch, at: proven?.at ?? null }
  return {
    // Sent whole every time: what is left out would silently become "now" or nothing.
    login: { accountId, acr: acrOf(proof, assurance), amr: amrOf(proof), ts: authenticatedAt },
    two_factor: {},
    twoFactor,
    since,
    browser,
  }
}

/** A session that ended because another person signed in over it. */
export interface ReplacedSession {
  readonly accountId: string
  readonly sessionId: string
  readonly clientId: string | null
  readonly device: Device
}

export interface InteractionsOptions {
  readonly assurance: Assurance
  readonly browsers: SignInBrowsers
  /** Whether the pages of a prompt are ours: a prompt has one page, and a host may have its own. */
  readonly hasPage: (prompt: string) => boolean
  /** How long a sign-in lives whose password was accepted. Seconds. */
  readonly state: () => number
  readonly clock: Clock
  readonly clientLogout: ClientLogout
  readonly onReplaced: (session: ReplacedSession) => void
}

export function createInteractions(
  provider: () => Provider,
  { assurance, browsers, hasPage, state, clock, clientLogout, onReplaced }: InteractionsOptions,
): Interactions {
  /** The library's object behind each sign-in that was handed out: read once per request. */
  const interactions = new WeakMap<SignIn, Interaction>()

  const of = (signIn: SignIn): Interaction => {
    const interaction = interactions.get(signIn)
    if (!interaction) throw new TypeError('not a sign-in of this door')
    return interaction
  }
  const save = async (interaction: Interaction): Promise<void> => {
    await interaction.save(Math.max(1, interaction.exp - clock.now()))
  }

  /** Its cookies last as long as it does now. */
  function keepCookiesOf(ctx: Context, { uid, exp, returnTo }: Interaction): void {
    const path = ctx.path.slice(0, ctx.path.indexOf(uid) + uid.length)
    const seconds = exp - clock.now()
    keepCookies(provider(), ctx, { uid, path, returnTo: new URL(returnTo).pathname, seconds })
  }

  /** Once more where its session is over: the same form, sent twice, may have detached it from that in between. */
  function interactionOf(req: IncomingMessage, res: ServerResponse): Promise<Interaction> {
    const find = () => provider().interactionDetails(req, res)
    return find().catch((error: unknown) => {
      if (error instanceof errors.SessionNotFound) return find()
      throw error
    })
  }

  async function sessionOf(interaction: Interaction, shown: string | null): Promise<SignIn['session']> {
    if (!interaction.session?.uid) return null
    const session = await provider().Session.findByUid(interaction.session.uid)
    const stamp = readStamp(session?.twoFactor)
    if (!session?.accountId || !stamp) return null
    const { accountId, loginTs: loginAt = 0 } = session
    const proven = provenFor(interaction, stamp, { proof: proofOf(session.amr), shown, now: clock.now() })
    return { accountId, stamp, loginAt, isFresh: !session.past(FRESH_SECONDS), proven }
  }

  /** Another person signs in over a live session: theirs ends first, here, where no script is needed for it. */
  async function endOtherSession(interaction: Interaction, accountId: string, device: Device): Promise<void> {
    if (!interaction.session?.uid || interaction.session.accountId === accountId) return
    const session = await provider().Session.findByUid(interaction.session.uid)
    if (session) {
      const { authorizations } = session
      await clientLogout.send({ accountId: interaction.session.accountId, authorizations })
      await session.destroy()
      const clientId = (interaction.params['client_id'] as string | undefined) ?? null
      onReplaced({ accountId: interaction.session.accountId, sessionId: session.uid, clientId, device })
    }
    delete interaction.session
  }

  return inOurWords({
    async details(req, res, uid, formSecret = null) {
      const interaction = await interactionOf(req, res)
      if (interaction.uid !== uid) throw new SignInOver('this is another sign-in')
      if (!hasPage(interaction.prompt.name)) throw new SignInOver('its page is the host’s')
      const binding = bindingOfInteraction(interaction)
      const id = signInIdOf(interaction)
      const shown = browsers.shown(req, id)
      const isRepeated =
        formSecret !== null && binding.is === 'bound' && binding.browser === browsers.digestOf(formSecret)
      if (!mayContinue(binding, shown) && !isRepeated) throw new SignInOver('it goes on in another browser')
      const params = interaction.params as Record<string, string | undefined>
      const client = params['client_id'] ? await provider().Client.find(params['client_id']) : undefined
      const result = interaction.result
      const session = await sessionOf(interaction, shown)
      const signIn: SignIn = {
        uid,
        id,
        browser: binding.is === 'bound' ? binding.browser : null,
        isRepeated,
        prompt: interaction.prompt.name as SignIn['prompt'],
        client: client ? viewOf(client, params['redirect_uri']) : null,
        loginHint: params['login_hint'] ?? null,
        uiLocales: params['ui_locales'] ?? null,
        needsSecondFactor: needsSecondFactorOf(params, assurance),
        pending: (result?.['pending'] as Pending | undefined) ?? null,
        session,
        device: deviceOf(req.headers['user-agent']),
        finished: Boolean(result?.login || result?.consent || result?.['error']),
        finishedBy: result?.login?.accountId ?? session?.accountId ?? null,
        returnTo: interaction.returnTo,
        expiresAt: interaction.exp,
        request: {
          scopes: (params['scope'] ?? '').split(' ').filter(Boolean),
          resource: [params['resource'] ?? []].flat(),
        },
      }
      interactions.set(signIn, interaction)
      return signIn
    },

    async bind(req, res, secret) {
      return browsers.give(req, res, { signInId: signInIdOf(await interactionOf(req, res)), secret })
    },

    // Results replace each other whole: merged with the last submission, an earlier step's would leak into this one.
    async save(signIn, pending) {
      const interaction = of(signIn)
      if (pending.browser === null) throw new TypeError('progress of a sign-in that belongs to no browser')
      interaction.result = { pending }
      await save(interaction)
    },

    async prolong(ctx, signIn, pending, seconds) {
      const interaction = of(signIn)
      interaction.result = { pending }
      await interaction.save(Math.max(seconds, interaction.exp - clock.now()))
      keepCookiesOf(ctx, interaction)
    },

    lengthen(ctx, signIn) {
      const interaction = of(signIn)
      const until = clock.now() + state()
      if (until <= interaction.exp) return signIn
      interaction.exp = until
      keepCookiesOf(ctx, interaction)
      const longer = { ...signIn, expiresAt: until }
      interactions.set(longer, interaction)
      return longer
    },

    async detach(signIn) {
      const interaction = of(signIn)
      if (!interaction.session) return
      delete interaction.session
      // Another tab may have been quicker: what it finished must not become unfinished again.
      const now = await provider().Interaction.find(interaction.jti)
      if (!now) throw new SignInOver('it was finished meanwhile')
      if (now.session) await save(interaction)
    },

    async finish(signIn, facts) {
      const interaction = of(signIn)
      await endOtherSession(interaction, facts.accountId, signIn.device)
      // Password and code in one sitting: it ends with the code, however long that was looked for.
      const authenticatedAt = signIn.prompt === 'login' ? facts.proven?.at : undefined
      const fulfilled = [...fulfilledBy(interaction.lastSubmission), ...(facts.fulfilled ?? [])]
      interaction.result = {
        ...loginResult(
          { since: facts.authenticatedAt, ...facts, ...(authenticatedAt && { authenticatedAt }) },
          assurance,
        ),
        device: signIn.device,
        ...Object.fromEntries(fulfilled.map((prompt) => [prompt, {}])),
      }
      await save(interaction)
    },

    async consent(signIn) {
      const interaction = of(signIn)
      const uid = interaction.session?.uid
      if (!signIn.session || !uid) throw new SignInOver('the session is over')
      const grant = await consented(provider(), interaction, { uid, stamp: signIn.session.stamp })
      // Here the sign-in that came before must be kept, or `prompt=login` would ask for it again and again.
      interaction.result = { ...interaction.lastSubmission, consent: { grantId: await grant.save() } }
      await save(interaction)
    },

    async deny(signIn) {
      const interaction = of(signIn)
      interaction.result = { error: 'access_denied', error_description: 'the user did not allow access' }
      await save(interaction)
    },
  })
}

/** The library's errors as ours: pages know nothing of it. */
function inOurWords(interactions: Interactions): Interactions {
  const audited =
    <A extends unknown[], T>(method: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      try {
        return await method(...args)
      } catch (error) {
        if (error instanceof errors.SessionNotFound) throw new SignInOver(error.error_description, { cause: error })
        throw error instanceof errors.TemporarilyUnavailable && error.cause instanceof Error ? error.cause : error
      }
    }
  return {
    details: audited(interactions.details),
    bind: audited(interactions.bind),
    save: audited(interactions.save),
    prolong: audited(interactions.prolong),
    lengthen: interactions.lengthen,
    detach: audited(interactions.detach),
    finish: audited(interactions.finish),
    consent: audited(interactions.consent),
    deny: audited(interactions.deny),
  }
}

async function consented(provider: Provider, interaction: Interaction, session: GrantingSession): Promise<Grant> {
  const clientId = String(interaction.params['client_id'])
  const older = interaction.grantId ? await provider.Grant.find(interaction.grantId) : undefined
  const grant = newGrant(provider, session, clientId, older)
  const missing = interaction.prompt.details as {
    missingOIDCScope?: string[]
    missingOIDCClaims?: string[]
    missingResourceScopes?: Record<string, string[]>
  }
  allow(grant, {
    openid: missing.missingOIDCScope ?? [],
    claims: missing.missingOIDCClaims ?? [],
    resources: missing.missingResourceScopes ?? {},
  })
  return grant
}

function viewOf(
  client: NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>,
  redirectUri?: string,
): ClientView {
  const at = redirectUri ?? client.redirectUris?.[0]
  return { id: client.clientId, name: client.clientName ?? client.clientId, host: at ? new URL(at).host : '' }
}
