/** THE TABLE: method · path · guards · handler. Every address of ours stands here, and what it takes to reach it. */
import { Router } from '@koa/router'
import compose from 'koa-compose'
import type { Context, Middleware } from 'koa'
import { goChange, showAccount } from './account/security.ts'
import { endOtherSessions, endSession } from './account/sessions.ts'
import { answer, answerError, failureOf } from './answer.ts'
import { showAudit } from './console/audit.ts'
import { edit, guardedChange, setStatus, showEdit } from './console/edit.ts'
import {
  confirm,
  guardedReset,
  resendMail as resendConsoleMail,
  revokeReset as revokeConsoleReset,
  showConfirm,
} from './console/reset.ts'
import { confirmStepUp, showStepUp } from './console/stepUp.ts'
import { invite, inviteOnceMore, showInvite } from './console/invite.ts'
import { endUserSessions } from './console/sessions.ts'
import { showConsole, showSettings } from './console/settings.ts'
import { showUser, showUsers } from './console/users.ts'
import type { Desk } from './desk.ts'
import { createForms, type Forms } from './forms.ts'
import { form, type Guard, may, sameOrigin, signedIn } from './guards.ts'
import { listAuditEvents } from './management/audit.ts'
import { showOpenApi } from './management/openapi.ts'
import { answerProblem, type Problem, ProblemError } from './management/problem.ts'
import { changeUser, inviteAgain, inviteUser } from './management/people.ts'
import { listResets, resendMail, revokeReset, showReset, startReset } from './management/resets.ts'
import { endSession as endSomeonesSession, endSessions, listSessions } from './management/sessions.ts'
import { listUsers, previewReset, showUser as answerUser } from './management/users.ts'
import { invitationDoor, passwordDoor, resetDoor } from './recovery/door.ts'
import { sendLink, showForgotten, showSent } from './recovery/forgotten.ts'
import { openLink, renewLink, showLink } from './recovery/link.ts'
import { changeForgotten, choosePassword, showChoosePassword } from './recovery/password.ts'
import {
  confirmLinkSetUp,
  downloadLinkBackupCodes,
  saveLinkBackupCodes,
  showLinkBackupCodes,
  showLinkDone,
  showLinkSetUp,
} from './recovery/setUp.ts'
import { stayAtLink } from './recovery/stay.ts'
import { downloadBackupCodes, saveBackupCodes, showBackupCodes, showDone } from './sign-in/backupCodes.ts'
import { cancelChange, change, showChange } from './sign-in/change.ts'
import { changePassword, showChangePassword } from './sign-in/changePassword.ts'
import { checkBackupCode, checkCode, showBackupCode, showCode } from './sign-in/code.ts'
import { decideConsent, showConsent } from './sign-in/consent.ts'
import { begin, checkPassword, showBegin, showSignIn } from './sign-in/password.ts'
import { confirmSetUp, showSetUp } from './sign-in/setUp.ts'
import { stay } from './sign-in/stay.ts'
import { SignInOver } from '../oidc/interactions.ts'
import { Refused } from './refused.ts'
import { type Pages, readAssets } from './views.ts'
import { places } from '../ports.ts'
import { startAgainHref } from './sign-in/begin.ts'
import { uidOf } from './sign-in/progress.ts'
import { beginVisit, endVisit, finishVisit, NotSignedIn } from './visit.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
type Handler = (desk: Desk, forms: Forms, ctx: Context) => Promise<void>

export interface Route {
  readonly method: Method
  readonly path: string
  readonly guards: readonly Guard[]
  readonly handle: Handler
}

const row =
  (method: Method) =>
  (path: string, guards: readonly Guard[], handle: Handler): Route => ({ method, path, guards, handle })
const get = row('GET')
const post = row('POST')
const patch = row('PATCH')
const del = row('DELETE')

/** A handler that shows no form. */
const plain =
  (handle: (desk: Desk, ctx: Context) => Promise<void>): Handler =>
  (desk, _forms, ctx) =>
    handle(desk, ctx)

const inConsole = signedIn('admin')
const inAccount = signedIn('account')

const M = '/management/v1'
const RESETS = `${M}/users/:id/two-factor/resets`

export const routes: readonly Route[] = [
  get('/sign-in/:uid', [], showSignIn),
  post('/sign-in/:uid', [form], checkPassword),
  get('/sign-in/:uid/begin', [], showBegin),
  post('/sign-in/:uid/begin', [form], begin),
  get('/sign-in/:uid/code', [], showCode),
  post('/sign-in/:uid/code', [form], checkCode),
  get('/sign-in/:uid/backup-code', [], showBackupCode),
  post('/sign-in/:uid/backup-code', [form], checkBackupCode),
  get('/sign-in/:uid/change', [], showChange),
  post('/sign-in/:uid/change', [form], change),
  post('/sign-in/:uid/cancel', [form], cancelChange),
  get('/sign-in/:uid/password', [], showChangePassword),
  post('/sign-in/:uid/password', [form], changePassword),
  get('/sign-in/:uid/set-up', [], showSetUp),
  post('/sign-in/:uid/set-up', [form], confirmSetUp),
  post('/sign-in/:uid/stay', [form], stay),
  get('/sign-in/:uid/backup-codes', [], showBackupCodes),
  get('/sign-in/:uid/backup-codes.txt', [], plain(downloadBackupCodes)),
  post('/sign-in/:uid/backup-codes', [form], saveBackupCodes),
  get('/sign-in/:uid/done', [], plain(showDone)),
  get('/sign-in/:uid/consent', [], showConsent),
  post('/sign-in/:uid/consent', [form], decideConsent),

  get('/two-factor/reset/:token', [], showLink(resetDoor)),
  post('/two-factor/reset/:token', [form], openLink(resetDoor)),
  post('/two-factor/reset/:token/renewal', [form], renewLink(resetDoor)),
  get('/two-factor/:linkId/set-up', [], showLinkSetUp(resetDoor)),
  post('/two-factor/:linkId/set-up', [form], confirmLinkSetUp(resetDoor)),
  post('/two-factor/:linkId/stay', [form], stayAtLink(resetDoor)),
  get('/two-factor/:linkId/backup-codes', [], showLinkBackupCodes(resetDoor)),
  get('/two-factor/:linkId/backup-codes.txt', [], downloadLinkBackupCodes(resetDoor)),
  post('/two-factor/:linkId/backup-codes', [form], saveLinkBackupCodes(resetDoor)),
  get('/two-factor/:linkId/done', [], showLinkDone(resetDoor)),

  get('/invitation/:token', [], showLink(invitationDoor)),
  post('/invitation/:token', [form], openLink(invitationDoor)),
  get('/invitation/:linkId/password', [], showChoosePassword(invitationDoor)),
  post('/invitation/:linkId/password', [form], choosePassword(invitationDoor)),
  get('/invitation/:linkId/set-up', [], showLinkSetUp(invitationDoor)),
  post('/invitation/:linkId/set-up', [form], confirmLinkSetUp(invitationDoor)),
  post('/invitation/:linkId/stay', [form], stayAtLink(invitationDoor)),
  get('/invitation/:linkId/backup-codes', [], showLinkBackupCodes(invitationDoor)),
  get('/invitation/:linkId/backup-codes.txt', [], downloadLinkBackupCodes(invitationDoor)),
  post('/invitation/:linkId/backup-codes', [form], saveLinkBackupCodes(invitationDoor)),
  get('/invitation/:linkId/done', [], showLinkDone(invitationDoor)),

  get('/password', [], showForgotten),
  post('/password', [form], sendLink),
  get('/password/sent', [], showSent),
  get('/password/:token', [], showLink(passwordDoor)),
  post('/password/:token', [form], openLink(passwordDoor)),
  get('/password/:linkId/password', [], showChoosePassword(passwordDoor)),
  post('/password/:linkId/password', [form], changeForgotten(passwordDoor)),
  get('/password/:linkId/done', [], showLinkDone(passwordDoor)),

  get('/account', [inAccount], showAccount),
  post('/account/change-password', [form], plain(goChange('change_password'))),
  post('/account/replace-authenticator', [form], plain(goChange('replace_authenticator'))),
  post('/account/new-backup-codes', [form], plain(goChange('new_backup_codes'))),
  post('/account/sessions/end-others', [form, inAccount], plain(endOtherSessions)),
  post('/account/sessions/:uid/end', [form, inAccount], plain(endSession)),

  get('/admin/callback', [], plain(finishVisit('admin'))),
  post('/admin/sign-out', [form], plain(endVisit('admin'))),
  get('/admin', [inConsole], plain(showConsole)),
  get('/admin/settings', [inConsole], showSettings),
  get('/admin/users', [inConsole], showUsers),
  get('/admin/invite', [inConsole], showInvite),
  post('/admin/invite', [form, inConsole], invite),
  get('/admin/users/:id', [inConsole], showUser),
  get('/admin/users/:id/edit', [inConsole], showEdit),
  post('/admin/users/:id/edit', [form, inConsole], edit),
  get('/admin/users/:id/edit/step-up', [inConsole], showStepUp(guardedChange)),
  post('/admin/users/:id/edit/step-up', [form, inConsole], confirmStepUp(guardedChange)),
  post('/admin/users/:id/status', [form, inConsole], setStatus),
  post('/admin/users/:id/invitation', [form, inConsole], plain(inviteOnceMore)),
  get('/admin/users/:id/two-factor/reset', [inConsole], showConfirm),
  post('/admin/users/:id/two-factor/reset', [form, inConsole], confirm),
  get('/admin/users/:id/two-factor/reset/step-up', [inConsole], showStepUp(guardedReset)),
  post('/admin/users/:id/two-factor/reset/step-up', [form, inConsole], confirmStepUp(guardedReset)),
  post('/admin/users/:id/two-factor/resets/:rid/mail', [form, inConsole], resendConsoleMail),
  post('/admin/users/:id/two-factor/resets/:rid/revoke', [form, inConsole], revokeConsoleReset),
  post('/admin/users/:id/sessions/end', [form, inConsole], plain(endUserSessions)),
  get('/admin/audit', [inConsole], showAudit),

  get('/account/callback', [], plain(finishVisit('account'))),
  post('/account/sign-out', [form], plain(endVisit('account'))),

  get(`${M}/openapi.json`, [], async (desk, _forms, ctx) => showOpenApi(desk, ctx)),
  get(`${M}/users`, [may('users:read')], plain(listUsers)),
  post(`${M}/users`, [may('users:write'), sameOrigin], plain(inviteUser)),
  post(`${M}/users/:id/invitation`, [may('users:write'), sameOrigin], plain(inviteAgain)),
  get(`${M}/users/:id`, [may('users:read')], plain(answerUser)),
  patch(`${M}/users/:id`, [may('users:write'), sameOrigin], plain(changeUser)),
  get(`${M}/users/:id/sessions`, [may('users:read')], plain(listSessions)),
  del(`${M}/users/:id/sessions`, [may('users:write'), sameOrigin], plain(endSessions)),
  del(`${M}/users/:id/sessions/:sid`, [may('users:write'), sameOrigin], plain(endSomeonesSession)),
  get(`${M}/users/:id/two-factor/reset-preview`, [may('two-factor:read')], plain(previewReset)),
  get(RESETS, [may('two-factor:read')], plain(listResets)),
  post(RESETS, [may('two-factor:reset'), sameOrigin], plain(startReset)),
  get(`${RESETS}/:rid`, [may('two-factor:read')], plain(showReset)),
  post(`${RESETS}/:rid/mail`, [may('two-factor:reset'), sameOrigin], plain(resendMail)),
  del(`${RESETS}/:rid`, [may('two-factor:reset'), sameOrigin], plain(revokeReset)),
  get(`${M}/audit-events`, [may('audit:read')], plain(listAuditEvents)),
]

/** The table as Koa middleware. What it does not know goes on to whoever comes next. */
export function mountRoutes(desk: Desk): Middleware {
  const forms = createForms(desk)
  const router = new Router({ prefix: desk.base })
  const isThere = ({ path }: Route): boolean => {
    if (path.startsWith('/password')) return desk.journey.keepsPasswords
    const place = places.find((one) => path === `/${one}` || path.startsWith(`/${one}/`))
    return place === undefined || desk.places.includes(place)
  }
  for (const { method, path, guards, handle } of routes.filter(isThere)) {
    router.register(path, method === 'GET' ? ['GET', 'HEAD'] : [method], async (ctx) => {
      for (const guard of guards) await guard.check(desk, forms, ctx)
      await handle(desk, forms, ctx)
    })
  }
  return compose([failures(desk), assets(desk), router.routes(), notAllowed(desk, router)] as Middleware[])
}

const isManagement = (desk: Desk, ctx: Context): boolean => ctx.path.startsWith(`${desk.base}${M}`)

/** Everything thrown below becomes the designed answer, in the form that suits the caller. */
function failures(desk: Desk): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (error instanceof ProblemError && isManagement(desk, ctx)) return answerProblem(ctx, error.problem)
      if (error instanceof ProblemError) return problemPage(desk, ctx, error.problem)
      if (error instanceof SignInOver) return interrupted(desk, ctx)
      if (error instanceof NotSignedIn) return beginVisit(desk, ctx, error.place)
      const { status, kind, code } = failureOf(error)
      if (!(error instanceof Refused)) desk.onError(error, `answering ${ctx.method}`)
      if (status === 503) ctx.set('Retry-After', '2')
      if (isManagement(desk, ctx))
        answerProblem(ctx, { status, code, detail: details[code] ?? 'Something went wrong.' })
      else answerError(desk, ctx, status, kind)
    }
  }
}

const details: Readonly<Record<string, string>> = {
  store_unavailable: 'The outcome is unknown; it is safe to try again with the same Idempotency-Key and code.',
  body_too_large: 'The body is too large.',
  unsupported_media_type: 'Send application/json.',
}

/** A refusal of an operation, in the console, that no page of its own tells of. */
function problemPage(desk: Desk, ctx: Context, { status, detail, headers }: Problem): void {
  const retryAfter = headers?.['Retry-After']
  if (retryAfter) ctx.set('Retry-After', retryAfter)
  const kind = problemKinds[status] ?? 'bad-request'
  answerError(desk, ctx, status, kind, kind === 'bad-request' ? detail : null, {
    href: '/admin',
    name: desk.brand.name,
  })
}

const problemKinds: Readonly<Record<number, Pages['error']['kind']>> = {
  403: 'forbidden',
  404: 'not-found',
  429: 'too-many',
  503: 'unavailable',
}

/** The sign-in behind this page is over: ended by a reset, finished elsewhere, too old. */
function interrupted(desk: Desk, ctx: Context): void {
  const href = startAgainHref(desk, ctx, uidOf(ctx))
  answer(desk, ctx, 400, 'interrupted', { startAgainHref: href, reason: href ? 'reset' : 'expired' })
}

function assets(desk: Desk): Middleware {
  const files = readAssets(desk.brand)
  return async (ctx, next) => {
    const file = ctx.path.startsWith(`${desk.base}/assets/`) ? files[ctx.path.slice(desk.base.length)] : undefined
    if (!file || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) {
      await next()
      return
    }
    ctx.type = file.type
    ctx.etag = file.etag
    ctx.set('Cache-Control', 'v' in ctx.query ? 'public, max-age=31536000, immutable' : 'public, max-age=300')
    ctx.status = 200
    if (ctx.fresh) ctx.status = 304
    else ctx.body = file.body
  }
}

/** A known address with a method it does not have; and every unknown one below the management API. */
function notAllowed(desk: Desk, router: Router): Middleware {
  return async (ctx, next) => {
    const allowed = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods)
    if (allowed.length > 0) {
      ctx.set('Allow', [...new Set(allowed)].join(', '))
      if (ctx.method === 'OPTIONS') return void (ctx.status = 204)
      if (isManagement(desk, ctx)) answerProblem(ctx, { status: 405, code: 'method_not_allowed', detail: 'Not here.' })
      else answerError(desk, ctx, 405, 'method')
      return
    }
    if (isManagement(desk, ctx))
      return answerProblem(ctx, { status: 404, code: 'not_found', detail: 'No such address.' })
    await next()
  }
}
