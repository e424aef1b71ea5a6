/** Headers of every answer, the provider's own pages included. */
import type { Middleware } from 'koa'

/** Our own stylesheet, script and forms only. The provider adds the hashes of its auto-submitting pages to `script-src`. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

export function protect({ secure }: { readonly secure: boolean }): Middleware {
  return async (ctx, next) => {
    ctx.set({
      'Content-Security-Policy': POLICY,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'X-Robots-Tag': 'noindex, nofollow',
    })
    if (secure) ctx.set('Strict-Transport-Security', 'max-age=31536000; includeSubDomains')
    await next()
    if (ctx.response.type === 'text/html' && !ctx.response.get('cache-control')) ctx.set('Cache-Control', 'no-store')
  }
}
