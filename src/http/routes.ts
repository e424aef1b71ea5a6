/** The table of routes: method, path, guards, handler. */
import type { Context } from 'koa'
import { goChange, showAccount } from './account/security.ts'
import { endAccess } from './account/applications.ts'
import { endOtherSessions, endSession } from './account/sessions.ts'
import { showAudit } from './console/audit.ts'
import { downloadAudit } from './console/auditFile.ts'
import { confirmDeletion, downloadUser, guardedDeletion, showConfirmDeletion } from './console/deletion.ts'
import { edit, guardedChange, setStatus, showEdit, showEditAgain } from './console/edit.ts'
import {
  confirm,
  guardedReset,
  resendMail as resendConsoleMail,
  revokeReset as revokeConsoleReset,
  showConfirm,
  showConfirmAgain,
} from './console/reset.ts'
import { confirmStepUp, showStepUp } from './console/stepUp.ts'
import { invite, inviteOnceMore, showInvite, showInviteAgain } from './console/invite.ts'
import { sendInvitations, showInviteSeveral, showInviteSeveralAgain } from './console/inviteSeveral.ts'
import { showLive } from './console/live.ts'
import { addNote, showNoteAgain } from './console/notes.ts'
import { endUserSession, endUserSessions } from './console/sessions.ts'
import { showConsole, showSettings } from './console/settings.ts'
import { showUser } from './console/user.ts'
import { showUsers } from './console/users.ts'
import { downloadUsers } from './console/usersFile.ts'
import type { Services } from './context.ts'
import { form, type Guard, may, sameOrigin, signedIn } from './guards.ts'
import { listAuditEvents } from './api/audit.ts'
import { showOpenApi } from './api/openapi.ts'
import { changeUser, inviteAgain, inviteUser } from './api/invitations.ts'
import { listResets, resendMail, revokeReset, showReset, startReset } from './api/resets.ts'
import { endSession as endSomeonesSession, endSessions, listSessions } from './api/sessions.ts'
import { deleteUser, exportUser, listUsers, previewReset, showUser as answerUser } from './api/users.ts'
import { invitationFlow, passwordFlow, resetFlow } from './link/linkFlow.ts'
import { enterPassword, showEnterPassword } from './link/enterPassword.ts'
import { sendLink, showForgotten, showForgottenAgain, showSent } from './link/forgottenPassword.ts'
import { openLink, renewLink, showLink } from './link/link.ts'
import { changeForgotten, choosePassword, showChoosePassword } from './link/choosePassword.ts'
import { downloadLinkBackupCodes, saveLinkBackupCodes, showLinkBackupCodes, showLinkDone } from './link/backupCodes.ts'
import { confirmLinkSetUp, showLinkSetUp } from './link/setUp.ts'
import { moreTimeAtLink } from './link/moreTime.ts'
import { downloadBackupCodes, saveBackupCodes, showBackupCodes, showDone } from './sign-in/backupCodes.ts'
import {
  addPasskey,
  finishManaging,
  removeAuthenticator,
  renameAuthenticator,
  showRenameAgain,
  showAuthenticators,
  showRemoval,
} from './sign-in/authenticators.ts'
import { cancelChange, change, showChange } from './sign-in/change.ts'
import { changePassword, showChangePassword } from './sign-in/changePassword.ts'
import { continueWithLink, sendAgain, showCheckEmail } from './sign-in/checkEmail.ts'
import { checkBackupCode, checkCode, showBackupCode, showCode } from './sign-in/code.ts'
import { decideConsent, showConsent } from './sign-in/consent.ts'
import { begin, showBegin } from './sign-in/beginSetUp.ts'
import { checkPasskey, showPasskey } from './sign-in/passkey.ts'
import { checkPassword, showSignIn, showSignInAgain } from './sign-in/password.ts'
import { confirmSetUp, showSetUp } from './sign-in/setUp.ts'
import { moreTime } from './sign-in/moreTime.ts'
import { showOver } from './sign-in/over.ts'
import { endWebSession, finishWebSession, showSignedOut } from './webSession.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
type Handler = (services: Services, ctx: Context) => Promise<void>

export interface Route {
  readonly method: Method
  readonly path: string
  readonly guards: readonly Guard[]
  readonly handle: Handler
  /** Shows the page of the form with what was typed, in another language. Default: the page without it. */
  readonly again?: Handler
}

const row =
  (method: Method) =>
  (path: string, guards: readonly Guard[], handle: Handler, again?: Handler): Route => ({
    method,
    path,
    guards,
    handle,
    ...(again && { again }),
  })
const get = row('GET')
const post = row('POST')
const patch = row('PATCH')
const del = row('DELETE')

const inConsole = signedIn('admin')
const inAccount = signedIn('account')

const M = '/management/v1'
const RESETS = `${M}/users/:id/two-factor/resets`

export const routes: readonly Route[] = [
  get('/sign-in/:uid', [], showSignIn),
  post('/sign-in/:uid', [form], checkPassword, showSignInAgain),
  get('/sign-in/:uid/begin', [], showBegin),
  post('/sign-in/:uid/begin', [form], begin),
  get('/sign-in/:uid/code', [], showCode),
  post('/sign-in/:uid/code', [form], checkCode),
  get('/sign-in/:uid/passkey', [], showPasskey),
  post('/sign-in/:uid/passkey', [form], checkPasskey),
  get('/sign-in/:uid/backup-code', [], showBackupCode),
  post('/sign-in/:uid/backup-code', [form], checkBackupCode),
  get('/sign-in/:uid/change', [], showChange),
  post('/sign-in/:uid/change', [form], change),
  post('/sign-in/:uid/cancel', [form], cancelChange),
  get('/sign-in/:uid/authenticators', [], showAuthenticators),
  post('/sign-in/:uid/authenticators', [form], addPasskey),
  post('/sign-in/:uid/authenticators/done', [form], finishManaging),
  post('/sign-in/:uid/authenticators/:id/name', [form], renameAuthenticator, showRenameAgain),
  get('/sign-in/:uid/authenticators/:id/remove', [], showRemoval),
  post('/sign-in/:uid/authenticators/:id/remove', [form], removeAuthenticator),
  get('/sign-in/:uid/password', [], showChangePassword),
  post('/sign-in/:uid/password', [form], changePassword),
  get('/sign-in/:uid/check-email', [], showCheckEmail),
  post('/sign-in/:uid/check-email', [form], continueWithLink),
  post('/sign-in/:uid/check-email/again', [form], sendAgain),
  get('/sign-in/:uid/set-up', [], showSetUp),
  post('/sign-in/:uid/set-up', [form], confirmSetUp),
  post('/sign-in/:uid/stay', [form], moreTime),
  get('/sign-in/:uid/backup-codes', [], showBackupCodes),
  get('/sign-in/:uid/backup-codes.txt', [], downloadBackupCodes),
  post('/sign-in/:uid/backup-codes', [form], saveBackupCodes),
  get('/sign-in/:uid/done', [], showDone),
  get('/sign-in/:uid/over', [], showOver),
  get('/sign-in/:uid/consent', [], showConsent),
  post('/sign-in/:uid/consent', [form], decideConsent),

  get('/two-factor/reset/:token', [], showLink(resetFlow)),
  post('/two-factor/reset/:token', [form], openLink(resetFlow)),
  post('/two-factor/reset/:token/renewal', [form], renewLink(resetFlow)),
  post('/invitation/:token/renewal', [form], renewLink(invitationFlow)),
  get('/two-factor/:linkId/password', [], showEnterPassword(resetFlow)),
  post('/two-factor/:linkId/password', [form], enterPassword(resetFlow)),
  get('/two-factor/:linkId/set-up', [], showLinkSetUp(resetFlow)),
  post('/two-factor/:linkId/set-up', [form], confirmLinkSetUp(resetFlow)),
  post('/two-factor/:linkId/stay', [form], moreTimeAtLink(resetFlow)),
  get('/two-factor/:linkId/backup-codes', [], showLinkBackupCodes(resetFlow)),
  get('/two-factor/:linkId/backup-codes.txt', [], downloadLinkBackupCodes(resetFlow)),
  post('/two-factor/:linkId/backup-codes', [form], saveLinkBackupCodes(resetFlow)),
  get('/two-factor/:linkId/done', [], showLinkDone(resetFlow)),

  get('/invitation/:token', [], showLink(invitationFlow)),
  post('/invitation/:token', [form], openLink(invitationFlow)),
  get('/invitation/:linkId/password', [], showChoosePassword(invitationFlow)),
  post('/invitation/:linkId/password', [form], choosePassword(invitationFlow)),
  get('/invitation/:linkId/set-up', [], showLinkSetUp(invitationFlow)),
  post('/invitation/:linkId/set-up', [form], confirmLinkSetUp(invitationFlow)),
  post('/invitation/:linkId/stay', [form], moreTimeAtLink(invitationFlow)),
  get('/invitation/:linkId/backup-codes', [], showLinkBackupCodes(invitationFlow)),
  get('/invitation/:linkId/backup-codes.txt', [], downloadLinkBackupCodes(invitationFlow)),
  post('/invitation/:linkId/backup-codes', [form], saveLinkBackupCodes(invitationFlow)),
  get('/invitation/:linkId/done', [], showLinkDone(invitationFlow)),

  get('/password', [], showForgotten),
  post('/password', [form], sendLink, showForgottenAgain),
  get('/password/sent', [], showSent),
  get('/password/:token', [], showLink(passwordFlow)),
  post('/password/:token', [form], openLink(passwordFlow)),
  get('/password/:linkId/password', [], showChoosePassword(passwordFlow)),
  post('/password/:linkId/password', [form], changeForgotten(passwordFlow)),
  get('/password/:linkId/done', [], showLinkDone(passwordFlow)),

  get('/account', [inAccount], showAccount),
  post('/account/change-password', [form], goChange('change_password')),
  post('/account/replace-authenticator', [form], goChange('replace_authenticator')),
  post('/account/new-backup-codes', [form], goChange('new_backup_codes')),
  post('/account/authenticators', [form], goChange('manage_authenticators')),
  post('/account/sessions/end-others', [form, inAccount], endOtherSessions),
  post('/account/sessions/:uid/end', [form, inAccount], endSession),
  post('/account/applications/:clientId/end', [form, inAccount], endAccess),

  get('/admin/callback', [], finishWebSession('admin')),
  post('/admin/sign-out', [form], endWebSession('admin')),
  get('/admin/signed-out', [], showSignedOut('admin')),
  get('/admin', [inConsole], showConsole),
  get('/admin/settings', [inConsole], showSettings),
  get('/admin/users', [inConsole], showUsers),
  get('/admin/users.csv', [inConsole], downloadUsers),
  get('/admin/invite', [inConsole], showInvite),
  post('/admin/invite', [form, inConsole], invite, showInviteAgain),
  get('/admin/invite/several', [inConsole], showInviteSeveral),
  post('/admin/invite/several', [form, inConsole], sendInvitations, showInviteSeveralAgain),
  get('/admin/users/:id', [inConsole], showUser),
  get('/admin/users/:id/live', [], showLive),
  get('/admin/users/:id/edit', [inConsole], showEdit),
  post('/admin/users/:id/edit', [form, inConsole], edit, showEditAgain),
  get('/admin/users/:id/edit/step-up', [inConsole], showStepUp(guardedChange)),
  post('/admin/users/:id/edit/step-up', [form, inConsole], confirmStepUp(guardedChange)),
  post('/admin/users/:id/status', [form, inConsole], setStatus),
  get('/admin/users/:id/export', [inConsole], downloadUser),
  get('/admin/users/:id/delete', [inConsole], showConfirmDeletion),
  post('/admin/users/:id/delete', [form, inConsole], confirmDeletion),
  get('/admin/users/:id/delete/step-up', [inConsole], showStepUp(guardedDeletion)),
  post('/admin/users/:id/delete/step-up', [form, inConsole], confirmStepUp(guardedDeletion)),
  post('/admin/users/:id/invitation', [form, inConsole], inviteOnceMore),
  get('/admin/users/:id/two-factor/reset', [inConsole], showConfirm),
  post('/admin/users/:id/two-factor/reset', [form, inConsole], confirm, showConfirmAgain),
  get('/admin/users/:id/two-factor/reset/step-up', [inConsole], showStepUp(guardedReset)),
  post('/admin/users/:id/two-factor/reset/step-up', [form, inConsole], confirmStepUp(guardedReset)),
  post('/admin/users/:id/two-factor/resets/:rid/mail', [form, inConsole], resendConsoleMail),
  post('/admin/users/:id/two-factor/resets/:rid/revoke', [form, inConsole], revokeConsoleReset),
  post('/admin/users/:id/notes', [form, inConsole], addNote, showNoteAgain),
  post('/admin/users/:id/sessions/end', [form, inConsole], endUserSessions),
  post('/admin/users/:id/sessions/:sid/end', [form, inConsole], endUserSession),
  get('/admin/audit', [inConsole], showAudit),
  get('/admin/audit.csv', [inConsole], downloadAudit),

  get('/account/callback', [], finishWebSession('account')),
  post('/account/sign-out', [form], endWebSession('account')),
  get('/account/signed-out', [], showSignedOut('account')),

  get(`${M}/openapi.json`, [], async (services, ctx) => showOpenApi(services, ctx)),
  get(`${M}/users`, [may('users:read')], listUsers),
  post(`${M}/users`, [may('users:write'), sameOrigin], inviteUser),
  post(`${M}/users/:id/invitation`, [may('users:write'), sameOrigin], inviteAgain),
  get(`${M}/users/:id`, [may('users:read')], answerUser),
  patch(`${M}/users/:id`, [may('users:write'), sameOrigin], changeUser),
  del(`${M}/users/:id`, [may('users:write'), sameOrigin], deleteUser),
  get(`${M}/users/:id/export`, [may('users:read', 'two-factor:read', 'audit:read')], exportUser),
  get(`${M}/users/:id/sessions`, [may('users:read')], listSessions),
  del(`${M}/users/:id/sessions`, [may('users:write'), sameOrigin], endSessions),
  del(`${M}/users/:id/sessions/:sid`, [may('users:write'), sameOrigin], endSomeonesSession),
  get(`${M}/users/:id/two-factor/reset-preview`, [may('two-factor:read')], previewReset),
  get(RESETS, [may('two-factor:read')], listResets),
  post(RESETS, [may('two-factor:reset'), sameOrigin], startReset),
  get(`${RESETS}/:rid`, [may('two-factor:read')], showReset),
  post(`${RESETS}/:rid/mail`, [may('two-factor:reset'), sameOrigin], resendMail),
  del(`${RESETS}/:rid`, [may('two-factor:reset'), sameOrigin], revokeReset),
  get(`${M}/audit-events`, [may('audit:read')], listAuditEvents),
]
