/**
 * Which browser a sign-in belongs to. The first proof gives the browser a fresh secret, the sign-in stores its digest, and every later
 * step compares them: the cookie that names a sign-in can be planted or copied.
 */

/** `unproven`: no proof was given yet. `unbound`: a host's page finished it without passing request and response. */
export type BrowserBinding =
  { readonly is: 'unproven' } | { readonly is: 'unbound' } | { readonly is: 'bound'; readonly browser: string }

/** @param browser as stored: a digest; null: unbound; any other value: unproven */
export function bindingOf(browser: unknown): BrowserBinding {
  if (typeof browser === 'string' && browser !== '') return { is: 'bound', browser }
  return browser === null ? { is: 'unbound' } : { is: 'unproven' }
}

/** Whether a page of the sign-in may be shown. @param shown digest of the secret of this browser; null: none */
export const mayContinue = (binding: BrowserBinding, shown: string | null): boolean =>
  binding.is !== 'bound' || binding.browser === shown

/** Whether its result may become the session of this browser. */
export const mayBecomeSession = (binding: BrowserBinding, shown: string | null): boolean =>
  binding.is === 'unbound' || (binding.is === 'bound' && binding.browser === shown)

/** Whether a proof given earlier in the same request authorises a change of the account: only in the browser that gave it. */
export const provedHere = (binding: BrowserBinding, shown: string | null): boolean =>
  binding.is === 'bound' && binding.browser === shown
