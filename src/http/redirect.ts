import type { Context } from 'koa'

/** After a POST: the browser asks for the next page with GET, so that reloading it sends nothing again. @see RFC 9110 §15.4.4 */
export function seeOther(ctx: Context, path: string): void {
  ctx.redirect(path)
  ctx.status = 303
}
