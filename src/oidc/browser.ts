/** The binding of a sign-in to one browser, by a secret in a cookie. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Interaction, Provider } from 'oidc-provider'
import { type BrowserBinding, bindingOf } from '../core/browser.ts'

/** Cookies with one secret for each sign-in in progress. */
export interface SignInBrowsers {
  /** Digest of the secret in this request's cookie for the sign-in; null: none. */
  shown(req: IncomingMessage, signInId: string): string | null
  /** Sets the cookie; returns the digest to store with the sign-in. */
  give(req: IncomingMessage, res: ServerResponse, given: { readonly signInId: string; readonly secret: string }): string
  forget(req: IncomingMessage, res: ServerResponse, signInId: string): void
  /** The digest that `give` returns for this secret. */
  digestOf(secret: string): string
}

/** All interactions of one request share this id, so that a proof in one counts in the next. */
export const signInIdOf = ({ cid }: Pick<Interaction, 'cid'>): string => cid

/** The newest binding: of the progress, else of the result, else of the interaction before this one. */
export function bindingOfInteraction({ result, lastSubmission }: Interaction): BrowserBinding {
  const pending = result?.['pending'] as { readonly browser?: unknown } | undefined
  if (pending) return bindingOf(pending.browser)
  return bindingOf(result?.login ? result['browser'] : lastSubmission?.['browser'])
}

/** Deletes the cookie when the sign-in has returned to its application. */
export function forgetBrowsers(provider: Provider, browsers: SignInBrowsers): void {
  provider.on('authorization.success', (ctx) => {
    const { Interaction: interaction } = ctx.oidc.entities
    if (interaction) browsers.forget(ctx.req, ctx.res, signInIdOf(interaction))
  })
}
