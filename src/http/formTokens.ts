/**
 * One-time form tokens, bound to browser and address; nothing is stored. The nonce identifies the submission: the same form sent twice
 * shows its first result, and the same code in another form is refused.
 */
import type { Context } from 'koa'
import type { Use } from '../crypto/purposes.ts'
import { digest, newId } from '../crypto/tokens.ts'
import { browserOf, nameBrowser } from './browserCookie.ts'
import type { Sealing } from '../crypto/sealing.ts'
import type { Clock } from '../ports.ts'
import type { CookieSite } from './cookies.ts'
import { type Fields, readForm, textOf } from './body.ts'
import { isCrossSite } from './crossSite.ts'
import { Refused } from './requestError.ts'

/** How long a page may stay open before its form is refused. Seconds: 4 hours, longer than any sign-in lasts. */
const FORM_SECONDS = 14_400

export interface Submitted {
  readonly fields: Fields
  /** Digest of the cookie that names this browser. */
  readonly browser: string
  /** Identifies this form: the same each time it is sent. */
  readonly form: string
  /** A secret of this form that no page contains. A browser receives it with the first proof. */
  readonly secret: string
}

export interface Forms {
  /** The address and the token of a form. Sets the browser cookie if there is none. */
  to(ctx: Context, action: string): { readonly action: string; readonly formToken: string }
  /** Reads and checks the submitted form. @throws Refused */
  receive(ctx: Context): Promise<Submitted>
}

interface FormOptions extends CookieSite {
  readonly sealing: Sealing<'browser'>
  readonly clock: Clock
  readonly issuer: string
  /** Path below which our addresses are. */
  readonly base: string
}

export function createForms({ sealing, clock, issuer, base, ...site }: FormOptions): Forms {
  const useOf = (browser: string, path: string): Use<'browser'> => ({ for: 'form', browser, path })

  return {
    to(ctx, action) {
      const browser = nameBrowser(site, ctx)
      const text = `${newId()}.${clock.now() + FORM_SECONDS}`
      return { action, formToken: sealing.seal(text, useOf(browser, base + action)) }
    },

    async receive(ctx) {
      if (isCrossSite(ctx.req, issuer)) throw new Refused('forbidden')
      const fields = await readForm(ctx)
      const browser = browserOf(site, ctx)
      const token = browser ? sealing.tryOpen(textOf(fields['form_token']), useOf(browser, ctx.path)) : null
      const [nonce, until] = token?.split('.') ?? []
      if (!browser || !nonce || clock.now() >= Number(until)) throw new Refused('form-expired')
      return {
        fields,
        browser,
        form: digest({ for: 'form', nonce }),
        secret: digest({ for: 'sign-in-secret', nonce }),
      }
    },
  }
}

/** The form that the guard `form` received. */
export function submitted(ctx: Context): Submitted {
  const received = ctx.state['submitted'] as Submitted | undefined
  if (!received) throw new Error(`the route of ${ctx.method} has no guard "form"`)
  return received
}

/** The secret of the submitted form; null: no form was submitted. */
export const formSecretOf = (ctx: Context): string | null =>
  (ctx.state['submitted'] as Submitted | undefined)?.secret ?? null

/** The language that a button of the submitted form chooses; null: the form is sent as it is meant. */
export function submittedLanguage(ctx: Context): string | null {
  const received = ctx.state['submitted'] as Submitted | undefined
  return received?.fields['language'] === undefined ? null : textOf(received.fields['language'])
}
