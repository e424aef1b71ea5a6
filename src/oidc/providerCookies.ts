/**
 * The cookies of a sign-in in a Koa host whose `app.keys` are not the provider's. The library sets them through the context of the host's
 * application and reads them with the provider's keys, so that none would be found. 9.13.3
 */
import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import { type CookieKeys, cookieKeys } from '../crypto/cookieSignatures.ts'

type Keys = Provider['keys']

export async function withProviderKeys(provider: Provider, ctx: Context, next: () => Promise<unknown>): Promise<void> {
  if (hasCookiesOf(provider, ctx)) {
    prepare(ctx.cookies, ctx.app.keys)
    await next()
    return
  }
  const theirs = ctx.cookies
  const { cookies } = provider.createContext(ctx.req, ctx.res)
  cookies.secure ||= theirs.secure
  ctx.cookies = cookies
  try {
    await next()
  } finally {
    ctx.cookies = theirs
  }
}

/** An application that trusts no proxy takes a connection through one for plain http. */
function hasCookiesOf(provider: Provider, { app }: Context): boolean {
  if ((app as unknown) === provider) return true
  return (app.proxy || !provider.proxy) && areSameKeys(app.keys, provider.keys)
}

function areSameKeys(some: Keys, others: Keys): boolean {
  if (some === others) return true
  if (!Array.isArray(some) || !Array.isArray(others) || some.length !== others.length) return false
  return some.every((key, at) => key === others[at])
}

/** The contexts that a provider creates for itself sign with prepared keys. Koa lets an application extend its `context`. */
export function prepareCookies({ context }: Provider): void {
  const inherited = Object.getPrototypeOf(context) as object
  const keep = (ctx: object, cookies: unknown): void => {
    Object.defineProperty(ctx, 'cookies', { value: cookies, writable: true, configurable: true })
  }
  Object.defineProperty(context, 'cookies', {
    configurable: true,
    get(this: Context) {
      const cookies = Reflect.get(inherited, 'cookies', this) as Context['cookies']
      prepare(cookies, this.app.keys)
      keep(this, cookies)
      return cookies
    },
    set(this: Context, cookies: unknown) {
      keep(this, cookies)
    },
  })
}

function prepare(cookies: Context['cookies'], keys: Keys): void {
  Object.assign(cookies, { keys: preparedKeys(keys) })
}

const prepared = new WeakMap<readonly string[], { readonly of: readonly string[]; readonly keys: CookieKeys }>()

/** A list of keys, prepared once. It may be changed in place, and its keys may be replaced. */
export function preparedKeys(keys: Keys): Keys | CookieKeys {
  if (!Array.isArray(keys) || keys.length === 0) return keys
  const known = prepared.get(keys)
  if (known && areSameKeys(known.of as string[], keys)) return known.keys
  const made = { of: [...keys], keys: cookieKeys(keys) }
  prepared.set(keys, made)
  return made.keys
}
