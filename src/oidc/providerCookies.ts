/**
 * The cookies of a sign-in in a Koa host whose `app.keys` are not the provider's. The library sets them through the context of the host's
 * application and reads them with the provider's keys, so that none would be found. 9.13.3
 */
import type { Provider } from 'oidc-provider'

export function useProviderKeys(provider: Provider): void {
  provider.use(async (ctx, next) => {
    if ((ctx.app as unknown) === provider) {
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
  })
}
