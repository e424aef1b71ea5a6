/** A sign-in in progress as pages see it, read from the provider's interaction and its session. */
import { errors, type Interaction, type Provider } from 'oidc-provider'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccountPrompt } from './accountPrompts.ts'
import { type Assurance, FRESH_SECONDS, needsSecondFactorOf } from './assurance.ts'
import { bindingOfInteraction, type SignInBrowsers, signInIdOf } from './browser.ts'
import { proofOf, type Proven } from './claims.ts'
import { mayContinue } from '../core/browser.ts'
import { type Device, deviceOf } from '../core/device.ts'
import { SignInOver } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { provenFor } from './freshProof.ts'
import { type Stamp, stampOf } from './stamp.ts'

export interface ClientView {
  readonly id: string
  readonly name: string
  readonly host: string
}

/** Progress of a sign-in that is not finished. */
export interface Pending {
  readonly accountId: string
  /** For the pages to show. */
  readonly email: string
  /** The person's language, BCP 47; absent or null: not known. */
  readonly locale?: string | null
  readonly epoch: number
  /** Time of the password check (for a step-up: of the session's sign-in). Epoch seconds. */
  readonly authenticatedAt: number
  /** `change`: a requested change of one's own account has not begun; `link`: the mailed link is needed too. */
  readonly stage: 'begin' | 'code' | 'change' | 'password' | 'authenticators' | 'link' | 'set-up' | 'codes'
  /** A passkey of the account works here, so that it is asked for first. */
  readonly hasPasskey?: boolean
  /** Digest of the mailed link that this browser opened, where it is needed too. Absent or null: none. */
  readonly link?: string | null
  /** For this browser only, sealed: a secret being set up, backup codes being shown. */
  readonly sealed: string | null
  /** Until when `sealed` is shown. */
  readonly until: number
  /** Set when the second factor is proven: only saving the codes, or the requested change, remains. */
  readonly proven: Proven | null
  /** Account prompts that this sign-in has fulfilled: a set-up replaces the factor and renews the codes too. Default none. */
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
  /** The form with the first proof was sent twice. */
  readonly isRepeated: boolean
  readonly prompt: 'login' | 'two_factor' | 'consent' | AccountPrompt
  readonly client: ClientView | null
  readonly loginHint: string | null
  readonly uiLocales: string | null
  readonly needsSecondFactor: boolean
  readonly pending: Pending | null
  /** The live session that the request began with. */
  readonly session: SignInSession | null
  readonly device: Device
  /** Only the redirect back remains. */
  readonly finished: boolean
  /** The account it was finished for; null: none. */
  readonly finishedBy: string | null
  readonly returnTo: string
  readonly expiresAt: number
  readonly request: {
    readonly scopes: readonly string[]
    readonly resource: readonly string[]
    /** All of its parameters. */
    readonly params: Readonly<Record<string, unknown>>
  }
}

export interface SignInSession {
  readonly accountId: string
  readonly stamp: Stamp
  readonly loginAt: number
  /** It allows to set up a factor without the password. */
  readonly isFresh: boolean
  /** Proof for a change of the account: see `provenFor`. */
  readonly proven: Proven | null
}

export interface SignInReaderOptions {
  readonly provider: () => Provider
  readonly assurance: Assurance
  readonly browsers: SignInBrowsers
  readonly clock: Clock
  /** Whether the page of a prompt is ours. */
  readonly hasPage: (prompt: string) => boolean
}

export interface SignInRequest {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly uid: string
  /** Secret in the form that was sent; null: no form. A form sent twice shows its first result, with or without the cookie. */
  readonly formSecret: string | null
}

/** The library's interaction of this browser. Read twice if its session is over: a concurrent request may have detached it. */
export function interactionOf(provider: Provider, req: IncomingMessage, res: ServerResponse): Promise<Interaction> {
  const find = () => provider.interactionDetails(req, res)
  return find().catch((error: unknown) => {
    if (error instanceof errors.SessionNotFound) return find()
    throw error
  })
}

/** @throws SignInOver unless this browser may continue it on our pages */
export async function readSignIn(
  options: SignInReaderOptions,
  { req, res, uid, formSecret }: SignInRequest,
): Promise<{ readonly interaction: Interaction; readonly signIn: SignIn }> {
  const { browsers, hasPage } = options
  const interaction = await interactionOf(options.provider(), req, res)
  if (interaction.uid !== uid) throw new SignInOver('this is another sign-in')
  if (!hasPage(interaction.prompt.name)) throw new SignInOver('its page is the host’s')
  const binding = bindingOfInteraction(interaction)
  const shown = browsers.shown(req, signInIdOf(interaction))
  const browser = binding.is === 'bound' ? binding.browser : null
  const isRepeated = formSecret !== null && browser !== null && browser === browsers.digestOf(formSecret)
  if (!mayContinue(binding, shown) && !isRepeated) throw new SignInOver('it belongs to another browser')
  const client = await clientOf(options.provider(), interaction)
  const session = await sessionOf(options, interaction, shown)
  const device = deviceOf(req.headers['user-agent'])
  return {
    interaction,
    signIn: { ...viewOf(interaction, options.assurance, session), browser, isRepeated, client, device },
  }
}

function viewOf(interaction: Interaction, assurance: Assurance, session: SignInSession | null) {
  const { uid, result, prompt, returnTo, exp: expiresAt } = interaction
  const params = paramsOf(interaction)
  return {
    uid,
    id: signInIdOf(interaction),
    prompt: prompt.name as SignIn['prompt'],
    loginHint: params['login_hint'] ?? null,
    uiLocales: params['ui_locales'] ?? null,
    needsSecondFactor: needsSecondFactorOf(params, assurance),
    pending: (result?.['pending'] as Pending | undefined) ?? null,
    session,
    finished: Boolean(result?.login || result?.consent || result?.['error']),
    finishedBy: result?.login?.accountId ?? session?.accountId ?? null,
    returnTo,
    expiresAt,
    request: {
      scopes: (params['scope'] ?? '').split(' ').filter(Boolean),
      resource: [params['resource'] ?? []].flat(),
      params,
    },
  }
}

const paramsOf = ({ params }: Interaction) => params as Record<string, string | undefined>

async function clientOf(provider: Provider, interaction: Interaction): Promise<ClientView | null> {
  const { client_id: clientId, redirect_uri: redirectUri } = paramsOf(interaction)
  const client = clientId ? await provider.Client.find(clientId) : undefined
  if (!client) return null
  const address = redirectUri ?? client.redirectUris?.[0]
  const host = address ? new URL(address).host : ''
  return { id: client.clientId, name: client.clientName ?? client.clientId, host }
}

async function sessionOf(
  { provider, clock }: SignInReaderOptions,
  interaction: Interaction,
  shown: string | null,
): Promise<SignInSession | null> {
  if (!interaction.session?.uid) return null
  const session = await provider().Session.findByUid(interaction.session.uid)
  const stamp = session ? stampOf(session) : null
  if (!session?.accountId || !stamp) return null
  const { accountId, loginTs: loginAt = 0 } = session
  const proven = provenFor(interaction, stamp, { proof: proofOf(session.amr), shown, now: clock.now() })
  return { accountId, stamp, loginAt, isFresh: !session.past(FRESH_SECONDS), proven }
}
