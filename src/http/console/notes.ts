/** **Add note** on the page of a user. */
import { textOf } from '../body.ts'
import { submitted } from '../formTokens.ts'
import { addNote as addNoteOn, LONGEST_NOTE } from '../../service/notes.ts'
import { seeOther } from '../redirect.ts'
import { secondsUntil, sayRetry } from '../retryAfter.ts'
import { webSessionOf } from '../webSession.ts'
import { donePath } from './notices.ts'
import { refusedPage, withUser } from './refusals.ts'
import { actingOf } from './stepUp.ts'
import { userPage } from './user.ts'

export const showNoteAgain = withUser((services, ctx, user) =>
  userPage(services, ctx, user, { status: 200, text: textOf(submitted(ctx).fields['note']), error: null }),
)

export const addNote = withUser(async (services, ctx, user) => {
  const { id } = user.person
  const { fields, form } = submitted(ctx)
  const text = textOf(fields['note'])
  const added = await addNoteOn(services, { ...actingOf(ctx, webSessionOf(ctx), id), text, form })
  if (added.is === 'done') return seeOther(ctx, donePath(services, ctx, id, 'noted'))
  if (added.is === 'too-many') {
    sayRetry(ctx, secondsUntil(services, added.retryAt))
    return userPage(services, ctx, user, { status: 429, text, error: 'too-many' })
  }
  if (added.refusal.is !== 'invalid')
    return refusedPage(services, ctx, user, { what: 'change', refusal: added.refusal })
  const error = text.length > LONGEST_NOTE ? 'long' : 'empty'
  await userPage(services, ctx, user, { status: 422, text, error })
})
