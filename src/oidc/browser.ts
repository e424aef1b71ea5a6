/** What a sign-in keeps of the browser it belongs to, and how the browser shows its secret. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Interaction, Provider } from 'oidc-provider'
import { type BrowserBinding, bindingOf } from '../core/browser.ts'

/** The secrets that browsers keep, one for each sign-in in progress. */
export interface SignInBrowsers {
  /** Digest of the secret that this request shows for the sign-in; null: none. */
  shown(req: IncomingMessage, signInId: string): string | null
  /** Has the browser keep the secret of the sign-in; the digest to store with it. */
  give(req: IncomingMessage, res: ServerResponse, given: { readonly signInId: string; readonly secret: string }): string
  forget(req: IncomingMessage, res: ServerResponse, signInId: string): void
  /** What `give` stores for this secret. */
  digestOf(secret: string): string
}

/** Steps of one request share this id, so that a proof in one step counts in the next. */
export const signInIdOf = ({ cid }: Pick<Interaction, 'cid'>): string => cid

/** The newest binding wins: progress, then the result, then the step before this one. */
export function bindingOfInteraction({ result, lastSubmission }: Interaction): BrowserBinding {
  const pending = result?.['pending'] as { readonly browser?: unknown } | undefined
  if (pending) return bindingOf(pending.browser)
  return bindingOf(result?.login ? result['browser'] : lastSubmission?.['browser'])
}

/** A sign-in that has come back to its application needs its secret no more. */
export function forgetBrowsers(provider: Provider, browsers: SignInBrowsers): void {
  provider.on('authorization.success', (ctx) => {
    const { Interaction: interaction } = ctx.oidc.entities
    if (interaction) browsers.forget(ctx.req, ctx.res, signInIdOf(interaction))
  })
}
