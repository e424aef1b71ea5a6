import type { Context } from 'koa'

/** After a POST the browser requests the next page with GET, so that a reload submits nothing again. @see RFC 9110 §15.4.4 */
export function seeOther(ctx: Context, path: string): void {
  ctx.redirect(path)
  ctx.status = 303
}
