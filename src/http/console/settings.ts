/** The front of the console: where its two lists are. */
import type { Context } from 'koa'
import { answer } from '../answer.ts'
import type { Desk } from '../desk.ts'
import type { Forms } from '../forms.ts'
import { to } from '../sign-in/progress.ts'
import { aroundVisit, visitOf } from '../visit.ts'

export async function showConsole(desk: Desk, ctx: Context): Promise<void> {
  to(ctx, `${desk.base}/admin/users`)
}

export async function showSettings(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  answer(desk, ctx, 200, 'settings', {}, aroundVisit(forms, ctx, visitOf(ctx)))
}
