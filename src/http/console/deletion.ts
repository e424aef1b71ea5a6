/** **Delete account**: the confirmation, followed by the step-up (stepUp.ts), and the file with what is kept about a person. */
import type { Context } from 'koa'
import { z } from 'zod'
import { authorityRefusal } from '../../core/authority.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { deleteUser, deletionAct, mayDelete } from '../../service/userDeletion.ts'
import { exportUser } from '../../service/userExport.ts'
import { previewOf, type User } from '../../service/users.ts'
import { shownExport } from '../representations.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { notEditable } from './edit.ts'
import { idOf, userPath } from './paths.ts'
import { notDone, refusedError, withUser } from './refusals.ts'
import { goStepUp, type Guarded } from './stepUp.ts'

const PATH = '/delete'

export const guardedDeletion: Guarded<Record<string, never>> = {
  path: PATH,
  beginPath: PATH,
  anchor: 'person',
  request: z.strictObject({}),
  endsUser: true,
  shown: () => ({ what: 'delete', changes: [], reason: null }),
  actOf: (services, act) => deletionAct(services, act),
  async act(services, action) {
    const deleted = await deleteUser(services, action)
    return deleted.is === 'refused' ? deleted : { is: 'done', done: 'deleted' }
  },
}

const permitted = (handle: (services: Services, ctx: Context, user: User) => Promise<void> | void) =>
  withUser((services, ctx, user) => {
    const acting = { actor: webSessionOf(ctx).person, target: user.person }
    if (mayDelete(services, acting.actor, acting.target)) return handle(services, ctx, user)
    const why = authorityRefusal(acting, services.helpdeskGroups) ?? 'authority'
    const says = services.directory.remove ? notEditable[why] : 'not-done.not_supported'
    return notDone(services, ctx, user, { status: 409, what: 'delete', says })
  })

export const showConfirmDeletion = permitted(async (services, ctx, user) => {
  const { person } = user
  const { sessions, grants, clients } = await previewOf(services, user)
  const applications = await Promise.all(clients.map(({ clientId }) => services.sessions.nameOf(clientId)))
  const locals: ConsolePages['confirm-delete'] = {
    ...services.forms.to(ctx, `${userPath(person.id)}${PATH}`),
    person: person.name,
    email: person.email,
    ends: { sessions, grants, applications: [...new Set(applications)] },
    exportHref: exportPath(person.id),
    cancelHref: `${userPath(person.id)}#person`,
  }
  answer(services, ctx, { page: 'confirm-delete', locals, frame: webSessionFrame(services, ctx, webSessionOf(ctx)) })
})

export const confirmDeletion = permitted((services, ctx, { person }) =>
  goStepUp(services, ctx, guardedDeletion, { targetId: person.id, request: {} }),
)

export const exportPath = (id: string): string => `${userPath(id)}/export`

export async function downloadUser(services: Services, ctx: Context): Promise<void> {
  const found = await exportUser(services, idOf(ctx))
  if (found.is === 'refused') return refusedError(services, ctx, found.refusal)
  ctx.set('Cache-Control', 'no-store')
  ctx.attachment('person.json')
  ctx.type = 'application/json'
  ctx.body = `${JSON.stringify(shownExport(found, services.rules, services.clock.now(), services.passkeys.rpId), null, 2)}\n`
}
