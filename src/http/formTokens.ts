/**
 * One-time form tokens. A token is bound to the browser it was shown in and to where it goes; its nonce names the submission, so that
 * sending the same form twice shows the first result, and the same code from any other form is refused. Nothing is stored.
 */
import type { Context } from 'koa'
import type { Use } from '../crypto/purposes.ts'
import { digest, newId } from '../crypto/tokens.ts'
import { browserOf, nameBrowser } from './browserCookie.ts'
import type { Sealing } from '../crypto/sealing.ts'
import type { Clock } from '../ports.ts'
import type { CookieSite } from './cookies.ts'
import { type Fields, isCrossSite, readForm, textOf } from './body.ts'
import { Refused } from './requestError.ts'

/** How long a page may stay open before its form is refused. Seconds: 4 hours, longer than any sign-in lives. */
const FORM_SECONDS = 14_400

export interface Submitted {
  readonly fields: Fields
  /** Digest of the cookie that makes this browser known to its forms. */
  readonly browser: string
  /** Names this very form: the same for every sending of it. */
  readonly form: string
  /** A secret of this very form that no page shows: what a browser is given with a first proof. */
  readonly secret: string
}

export interface Forms {
  /** Where a form of the page that is being shown goes, and its token; makes the browser known first if it is not. */
  to(ctx: Context, action: string): { readonly action: string; readonly formToken: string }
  /** Reads and checks the form that was sent here. @throws Refused */
  receive(ctx: Context): Promise<Submitted>
}

interface FormOptions extends CookieSite {
  readonly sealing: Sealing<'browser'>
  readonly clock: Clock
  readonly issuer: string
}

export function createForms({ sealing, clock, issuer, base, secure }: FormOptions): Forms {
  const site = { secure, base }
  const useOf = (browser: string, path: string): Use<'browser'> => ({ for: 'form', browser, path })

  return {
    to(ctx, action) {
      const browser = nameBrowser(site, ctx)
      const text = `${newId()}.${clock.now() + FORM_SECONDS}`
      return { action, formToken: sealing.seal(text, useOf(browser, base + action)) }
    },

    async receive(ctx) {
      if (isCrossSite(ctx, issuer)) throw new Refused('forbidden')
      const fields = await readForm(ctx)
      const browser = browserOf(site, ctx)
      const token = browser ? sealing.tryOpen(textOf(fields['form_token']), useOf(browser, ctx.path)) : null
      const [nonce, until] = token?.split('.') ?? []
      if (!nonce || clock.now() >= Number(until)) throw new Refused('form-expired')
      return {
        fields,
        browser: digest({ for: 'browser', secret: browser ?? '' }),
        form: digest({ for: 'form', nonce }),
        secret: digest({ for: 'sign-in-secret', nonce }),
      }
    },
  }
}

/** What the guard `form` has received. */
export function submitted(ctx: Context): Submitted {
  const received = ctx.state['submitted'] as Submitted | undefined
  if (!received) throw new Error(`the route of ${ctx.method} has no guard "form"`)
  return received
}

/** Of the form that was sent here; null: none was. */
export const formSecretOf = (ctx: Context): string | null =>
  (ctx.state['submitted'] as Submitted | undefined)?.secret ?? null
