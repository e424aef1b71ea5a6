/**
 * The cookies of a sign-in in a Koa host whose `app.keys` are not the provider's. The library sets them through the context of the host's
 * application and reads them with the provider's keys, so that none would be found. 9.13.3
 */
import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'

export async function withProviderKeys(provider: Provider, ctx: Context, next: () => Promise<unknown>): Promise<void> {
  if (hasCookiesOf(provider, ctx)) {
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

function areSameKeys(some: Provider['keys'], others: Provider['keys']): boolean {
  if (some === others) return true
  if (!Array.isArray(some) || !Array.isArray(others) || some.length !== others.length) return false
  return some.every((key, at) => key === others[at])
}
