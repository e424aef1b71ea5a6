/**
 * Which browser a sign-in belongs to. The browser gets a fresh secret with the first proof, the sign-in keeps its digest, and every
 * later step compares them: the cookie that names a sign-in can be planted or copied.
 */

/** `unproven`: no proof was given yet. `unbound`: ended by a host's page that passed no request and response. */
export type BrowserBinding =
  { readonly is: 'unproven' } | { readonly is: 'unbound' } | { readonly is: 'bound'; readonly browser: string }

/** @param browser as stored: a digest; null for unbound; anything else is no proof */
export function bindingOf(browser: unknown): BrowserBinding {
  if (typeof browser === 'string' && browser !== '') return { is: 'bound', browser }
  return browser === null ? { is: 'unbound' } : { is: 'unproven' }
}

/** Whether a page of the sign-in may be shown. @param shown digest of the secret of this browser; null: it has none */
export const mayContinue = (binding: BrowserBinding, shown: string | null): boolean =>
  binding.is !== 'bound' || binding.browser === shown

/** Whether its result may become the session of this browser. */
export const mayBecomeSession = (binding: BrowserBinding, shown: string | null): boolean =>
  binding.is === 'unbound' || (binding.is === 'bound' && binding.browser === shown)

/** Whether a proof given earlier in the same request counts for a change of the account: only where it was given. */
export const provedHere = (binding: BrowserBinding, shown: string | null): boolean =>
  binding.is === 'bound' && binding.browser === shown
