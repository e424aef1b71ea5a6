/** A forgotten password: whoever asks gets the same answer, and a link goes to the address of the account, if there is one. */
import type { Context } from 'koa'
import { answer } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import { to } from '../sign-in/progress.ts'
import { passwordDoor } from './door.ts'

const SENT = `${passwordDoor.path}/sent`

export async function showForgotten(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  answer(desk, ctx, 200, 'forgotten', { ...forms.to(ctx, passwordDoor.path), error: null })
}

export async function sendLink(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const email = textOf(submitted(ctx).fields['email'])
  if (email.trim() === '')
    return answer(desk, ctx, 422, 'forgotten', { ...forms.to(ctx, passwordDoor.path), error: 'empty' })
  const person = await desk.directory.findByEmail?.(email)
  // After the answer: how long it takes would tell who has an account here.
  if (person) desk.afterwards(() => desk.journey.sendPasswordLink(person, callerOf(ctx, null)), 'sending a link')
  return to(ctx, desk.base + SENT)
}

export async function showSent(desk: Desk, _forms: Forms, ctx: Context): Promise<void> {
  answer(desk, ctx, 200, 'link-sent', { againHref: passwordDoor.path, signInHref: desk.signInUrl })
}
