/** The front page of the console. */
import type { Context } from 'koa'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { seeOther } from '../redirect.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'

export async function showConsole(services: Services, ctx: Context): Promise<void> {
  seeOther(ctx, `${services.base}/admin/users${ctx.search}`)
}

export async function showSettings(services: Services, ctx: Context): Promise<void> {
  answer(services, ctx, { page: 'settings', locals: {}, frame: webSessionFrame(services, ctx, webSessionOf(ctx)) })
}
