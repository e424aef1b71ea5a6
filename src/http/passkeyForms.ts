/** Forms of passkeys. The ceremony of a form is sealed for its browser and address, as its token is; nothing is stored. */
import type { Context } from 'koa'
import { deviceOf } from '../core/device.ts'
import type { PasskeyFault } from '../core/passkeyFacts.ts'
import { ceremonyText, readCeremony, type Ceremony } from '../crypto/ceremony.ts'
import type { NewCredential } from '../crypto/passkeys.ts'
import type { Proof } from '../oidc/interactions.ts'
import type { BegunCeremony, NewPasskeyAnswer } from '../service/passkeys.ts'
import { nameBrowser } from './browserCookie.ts'
import type { Services } from './context.ts'
import { submitted } from './formTokens.ts'
import { type Candidates, languageOf } from './language.ts'
import type { PasskeyForm } from './pages/pageMetadata.ts'

/** @param action the path of the form, below the issuer */
export function passkeyForm(
  services: Services,
  ctx: Context,
  { action, begun, error = null }: PasskeyFormOptions,
): PasskeyForm {
  const { ceremony, ...options } = begun
  const use = { for: 'ceremony', browser: nameBrowser(services, ctx), path: services.base + action } as const
  return { ...options, error, ceremony: services.sealing.seal(ceremonyText(ceremony), use) }
}

interface PasskeyFormOptions {
  readonly action: string
  readonly begun: BegunCeremony
  readonly error?: PasskeyForm['error']
}

/** Whether the answer of a passkey was submitted. */
export const hasAssertion = (ctx: Context): boolean => submitted(ctx).fields['assertion'] !== undefined

/** The ceremony of the submitted form; null: none that was sealed for this browser and address. */
export function submittedCeremony({ sealing }: Pick<Services, 'sealing'>, ctx: Context): Ceremony | null {
  const { fields, browser } = submitted(ctx)
  const text = sealing.tryOpen(fields['ceremony'], { for: 'ceremony', browser, path: ctx.path })
  return text === null ? null : readCeremony(text)
}

export function submittedPasskey(services: Services, ctx: Context, candidates: Candidates): NewPasskeyAnswer {
  const { registration, assertion } = submitted(ctx).fields
  const nameOf = (credential: NewCredential) => nameOfPasskey(services, ctx, candidates, credential)
  return { ceremony: submittedCeremony(services, ctx), registration, assertion, nameOf }
}

/** By which the owner recognises it, in the language of the page. */
function nameOfPasskey(
  services: Services,
  ctx: Context,
  candidates: Candidates,
  { transports, isRoaming }: NewCredential,
): string {
  const { say } = services.wordsOf(languageOf(services, ctx, candidates))
  const isInternal = transports.includes('internal')
  if (transports.includes('hybrid') && (isRoaming || !isInternal)) return say('passkey.name.phone')
  if (isRoaming || (transports.length > 0 && !isInternal)) return say('passkey.name.key')
  const { browser, system } = deviceOf(ctx.get('user-agent'))
  return say('account.device', {
    browser: browser ?? say('account.device.browser'),
    system: system ?? say('account.device.system'),
  })
}

/** How an assertion that was accepted counts. */
export const proofByPasskey = (passkey: { readonly isSuspect: boolean; readonly isSynced: boolean }): Proof =>
  passkey.isSuspect ? 'suspect-passkey' : passkey.isSynced ? 'synced-passkey' : 'passkey'

/** The sentence for an answer that is not accepted. */
export const passkeyError = (why: PasskeyFault | 'stale'): NonNullable<PasskeyForm['error']> =>
  why === 'stale' ? 'stale' : why === 'not-user-verified' ? 'unverified' : 'incorrect'
