/**
 * Sign-ins in progress, for pages. No session exists at the provider before the second factor is proven: the progress is stored in the
 * interaction (`result.pending`).
 */
import { errors, type Interaction, type InteractionResults } from 'oidc-provider'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fulfilledBy } from './accountPrompts.ts'
import type { Assurance } from './assurance.ts'
import { signInIdOf } from './browser.ts'
import type { ClientLogout } from './clientLogout.ts'
import type { Device } from '../core/device.ts'
import { SignInOver } from '../errors.ts'
import { consentedGrant } from './grants.ts'
import { type BoundFacts, loginResult } from './loginResult.ts'
import { outageOf } from './outage.ts'
import { interactionOf, readSignIn, type SignIn, type SignInReaderOptions } from './signIn.ts'
import {
  createOpenInteractions,
  createProgress,
  type OpenInteractions,
  type Progress,
  type ProgressOptions,
} from './signInProgress.ts'

export type { Proof, Proven } from './claims.ts'
export { provenBy } from './claims.ts'
export type { AccountPrompt } from './accountPrompts.ts'
export type { SignInBrowsers } from './browser.ts'
export type { BoundFacts } from './loginResult.ts'
export type { Pending, SignIn } from './signIn.ts'
export { isAccountPrompt } from './accountPrompts.ts'

/** Every method throws `SignInOver` when there is no such sign-in, and `StoreUnavailable`. */
export interface Interactions extends Progress {
  /** @param formSecret of the form: a form sent twice shows its first result, with or without the cookie */
  details(req: IncomingMessage, res: ServerResponse, uid: string, formSecret?: string | null): Promise<SignIn>
  /** Binds the browser's sign-in to `secret` by a cookie; returns the digest for the result. */
  bind(req: IncomingMessage, res: ServerResponse, secret: string): Promise<string>
  /** The account of a sign-in, where this process saved it: for reading ahead, never for a decision. */
  accountOf(uid: string): string | undefined
  finish(signIn: SignIn, facts: BoundFacts): Promise<void>
  consent(signIn: SignIn): Promise<void>
  deny(signIn: SignIn): Promise<void>
}

/** A session that ended because another person signed in over it. */
export interface ReplacedSession {
  readonly accountId: string
  readonly sessionId: string
  readonly clientId: string | null
  readonly device: Device
}

export interface InteractionsOptions extends SignInReaderOptions, ProgressOptions {
  readonly clientLogout: ClientLogout
  readonly onReplaced: (session: ReplacedSession) => void
}

export function createInteractions(options: InteractionsOptions): Interactions {
  const { provider, browsers } = options
  const open = createOpenInteractions(options.clock)
  return withTranslatedErrors({
    async details(req, res, uid, formSecret = null) {
      const { signIn, interaction } = await readSignIn(options, { req, res, uid, formSecret })
      open.add(signIn, interaction)
      return signIn
    },
    async bind(req, res, secret) {
      const interaction = await interactionOf(provider(), req, res)
      return browsers.give(req, res, { signInId: signInIdOf(interaction), secret })
    },
    accountOf: (uid) => open.accountOf(uid),
    ...createProgress(open, options),
    ...createEndings(open, options),
  })
}

function createEndings(
  open: OpenInteractions,
  options: InteractionsOptions,
): Pick<Interactions, 'finish' | 'consent' | 'deny'> {
  const { provider, assurance } = options
  return {
    async finish(signIn, facts) {
      const interaction = open.of(signIn)
      await endOtherSession(options, interaction, { accountId: facts.accountId, device: signIn.device })
      // After a password and a code in one interaction, `auth_time` is the time of the code.
      const authenticatedAt = signIn.prompt === 'login' ? facts.proven?.at : undefined
      const fulfilled = [...fulfilledBy(interaction.lastSubmission), ...(facts.fulfilled ?? [])]
      const before = submittedBefore(interaction, facts.accountId, assurance)
      const dated = {
        since: facts.authenticatedAt,
        ...before.facts,
        ...facts,
        ...(authenticatedAt && { authenticatedAt }),
      }
      interaction.result = {
        ...before.prompts,
        ...loginResult(dated, assurance),
        device: signIn.device,
        ...Object.fromEntries(fulfilled.map((prompt) => [prompt, {}])),
      }
      await open.save(interaction)
    },

    async consent(signIn) {
      const interaction = open.of(signIn)
      const uid = interaction.session?.uid
      if (!signIn.session || !uid) throw new SignInOver('the session is over')
      const grant = await consentedGrant(provider(), interaction, { uid, stamp: signIn.session.stamp })
      // Keeps the result of the sign-in before it: without it `prompt=login` would repeat for ever.
      interaction.result = { ...interaction.lastSubmission, consent: { grantId: await grant.save() } }
      await open.save(interaction)
    },

    async deny(signIn) {
      const interaction = open.of(signIn)
      interaction.result = { error: 'access_denied', error_description: 'the user did not allow access' }
      await open.save(interaction)
    },
  }
}

/** Written by `loginResult` and by the pages; whatever else a result holds is the host's. */
const OURS = new Set([
  'login',
  'two_factor',
  'twoFactor',
  'since',
  'browser',
  'device',
  'pending',
  'error',
  'error_description',
])

/**
 * What a host's page submitted in an earlier step of this request: how the person signed in there, the consent and prompts of the host.
 * Nothing where it was another person.
 */
function submittedBefore(
  { lastSubmission, session }: Interaction,
  accountId: string,
  assurance: Assurance,
): { readonly facts: Pick<BoundFacts, 'amr' | 'acr' | 'remember'>; readonly prompts: InteractionResults } {
  const login = lastSubmission?.login
  const isSame = login?.accountId === accountId
  const { amr, acr } = isSame ? login : session?.accountId === accountId ? session : {}
  const isOfHost = acr !== undefined && assurance.ofHost().includes(acr)
  const prompts = Object.entries(isSame ? (lastSubmission ?? {}) : {}).filter(([name]) => !OURS.has(name))
  return {
    facts: {
      ...(amr && { amr }),
      ...(isOfHost && { acr }),
      ...(isSame && login.remember !== undefined && { remember: login.remember }),
    },
    prompts: Object.fromEntries(prompts),
  }
}

/** Ends the live session of another person before this sign-in: the library's own page for this needs a script. */
async function endOtherSession(
  { provider, clientLogout, onReplaced }: InteractionsOptions,
  interaction: Interaction,
  next: { readonly accountId: string; readonly device: Device },
): Promise<void> {
  if (!interaction.session?.uid || interaction.session.accountId === next.accountId) return
  const { accountId, uid } = interaction.session
  const session = await provider().Session.findByUid(uid)
  if (session) {
    const { authorizations } = session
    await clientLogout.send({ accountId, authorizations })
    await session.destroy()
    const clientId = (interaction.params['client_id'] as string | undefined) ?? null
    onReplaced({ accountId, sessionId: session.uid, clientId, device: next.device })
  }
  delete interaction.session
}

/** Translates the library's errors into ours. */
function withTranslatedErrors(interactions: Interactions): Interactions {
  const translated =
    <A extends unknown[], T>(method: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      try {
        return await method(...args)
      } catch (error) {
        if (error instanceof errors.SessionNotFound) throw new SignInOver(error.error_description, { cause: error })
        throw outageOf(error)
      }
    }
  return {
    details: translated(interactions.details),
    bind: translated(interactions.bind),
    save: translated(interactions.save),
    prolong: translated(interactions.prolong),
    begun: interactions.begun,
    lengthen: interactions.lengthen,
    accountOf: interactions.accountOf,
    detach: translated(interactions.detach),
    finish: translated(interactions.finish),
    consent: translated(interactions.consent),
    deny: translated(interactions.deny),
  }
}
