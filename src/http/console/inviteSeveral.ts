/** **Invite several**: one person a line, a preview of what would be sent to each, and a report of each line. */
import type { Context } from 'koa'
import { visibleGroups } from '../../core/authority.ts'
import { servedBy } from '../../i18n/chooseLanguage.ts'
import { type Role, roles as knownRoles } from '../../ports.ts'
import type { AnyRefusal } from '../../service/refusal.ts'
import {
  foreseeSeveral,
  type Foreseen,
  type Invited,
  inviteSeveral,
  MOST_INVITED,
} from '../../service/inviteSeveral.ts'
import { textOf } from '../body.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import type { LineFault, LinePreview, LineReport, UsersPages } from '../pages/usersLocals.ts'
import { answer } from '../respond.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import { userPath } from './paths.ts'
import { formFaults, languageName, localeOf } from './personForm.ts'
import { refusedError } from './refusals.ts'
import { actingWithCode } from './stepUp.ts'

/** What a line says, in the order of its parts. */
interface Line {
  readonly line: number
  readonly text: string
  readonly name: string
  readonly email: string
  readonly locale: string
  readonly roles: readonly string[]
  readonly groups: readonly string[]
}

/** Parts are separated as spreadsheets separate them: by tabs, else semicolons, else commas. What follows the roles are groups. */
function readLine(text: string, line: number): Line {
  const separator = ['\t', ';'].find((each) => text.includes(each)) ?? ','
  const [name = '', email = '', locale = '', roles = '', ...groups] = text.split(separator).map((part) => part.trim())
  return {
    line,
    text,
    name,
    email,
    locale,
    roles: roles.toLowerCase().split(/\s+/).filter(Boolean),
    groups: groups.filter(Boolean),
  }
}

const readLines = (text: string): Line[] =>
  text
    .split(/\r\n|\r|\n/)
    .map((each, index) => readLine(each, index + 1))
    .filter((each) => each.text.trim() !== '')

const isRole = (text: string): text is Role => (knownRoles as readonly string[]).includes(text)

type Page = UsersPages['invite-several']
type Shown = Partial<Pick<Page, 'faults' | 'lineFaults' | 'preview' | 'report'>> & {
  readonly status: number
  readonly lines: string
}

export async function showInviteSeveral(services: Services, ctx: Context): Promise<void> {
  page(services, ctx, { status: 200, lines: '' })
}

/** The lines, or their preview. */
export async function showInviteSeveralAgain(services: Services, ctx: Context): Promise<void> {
  const { fields } = submitted(ctx)
  if ('preview' in fields) return checkLines(services, ctx, false)
  page(services, ctx, { status: 200, lines: textOf(fields['lines']) })
}

function page(services: Services, ctx: Context, { status, ...shown }: Shown): void {
  const { person: actor } = webSessionOf(ctx)
  const locals: Page = {
    ...services.forms.to(ctx, '/admin/invite/several'),
    faults: [],
    lineFaults: [],
    preview: null,
    report: null,
    ...shown,
    isAdmin: actor.roles.includes('admin'),
    ownGroups: visibleGroups(actor, services.helpdeskGroups),
    languages: services.languages,
    cancelHref: '/admin/invite',
  }
  const frame = webSessionFrame(services, ctx, webSessionOf(ctx))
  answer(services, ctx, { status, page: 'invite-several', locals, frame })
}

/** The list is checked each time. It is sent from the preview only. */
export async function sendInvitations(services: Services, ctx: Context): Promise<void> {
  const { fields } = submitted(ctx)
  if ('change' in fields) return page(services, ctx, { status: 200, lines: textOf(fields['lines']) })
  await checkLines(services, ctx, 'send' in fields)
}

async function checkLines(services: Services, ctx: Context, isSent: boolean): Promise<void> {
  const text = textOf(submitted(ctx).fields['lines'])
  const lines = readLines(text)
  const refuse = (faults: Page['faults'], lineFaults: Page['lineFaults'] = []): void =>
    page(services, ctx, { status: 422, lines: text, faults, lineFaults })
  if (lines.length === 0) return refuse([{ says: 'invite.several.empty', field: 'lines' }])
  if (lines.length > MOST_INVITED) return refuse([{ says: 'invite.several.many', field: 'lines' }])
  const unread = lines.flatMap((line) => faultsOf(services, line))
  if (unread.length > 0) return refuse([{ says: 'invite.several.faults', field: 'lines' }], unread)
  const acting = actingWithCode(services, ctx)
  const requests = lines.map((line) => requestOf(services, line))
  const foreseen = await foreseeSeveral(services, { ...acting, requests })
  if (foreseen.is === 'refused') {
    const lineFaults = lineFaultsOf(lines, foreseen.refusal)
    if (lineFaults.length === 0) return refusedError(services, ctx, foreseen.refusal)
    return refuse([{ says: 'invite.several.faults', field: 'lines' }], lineFaults)
  }
  const preview = lines.map((line, index) => previewOf(services, ctx, line, foreseen.outcomes[index]))
  if (!isSent) return page(services, ctx, { status: 200, lines: text, preview })
  const invited = await inviteSeveral(services, { ...acting, requests })
  if (invited.is === 'done') return report(services, ctx, lines, invited.outcomes)
  const faults = formFaults(invited.refusal, { name: '', code: acting.code })
  if (faults.length === 0) return refusedError(services, ctx, invited.refusal)
  page(services, ctx, { status: 422, lines: text, faults, preview })
}

function previewOf(
  services: Services,
  ctx: Context,
  { line, name, email, locale, roles, groups }: Line,
  is: Foreseen = 'exists',
): LinePreview {
  const language = languageName(services, ctx, servedBy(locale, services.languages) ?? null)
  return { line, name, email, language, roles: knownRoles.filter((role) => roles.includes(role)), groups, is }
}

const requestOf = (services: Services, { name, email, locale, roles, groups }: Line) => ({
  name,
  email,
  roles,
  groups,
  locale: localeOf(services, locale),
})

/** What only the form knows: the languages of the service, and the words of roles. */
function faultsOf({ languages }: Services, { line, text, locale, roles }: Line): LineFault[] {
  const at = (says: LineFault['says']): LineFault => ({ line, text, says })
  return [
    ...(locale === '' || servedBy(locale, languages) ? [] : [at('invite.several.language')]),
    ...(roles.every(isRole) ? [] : [at('invite.several.role')]),
  ]
}

/** The lines that a refusal is about; empty: none. */
const lineFaultsOf = (lines: readonly Line[], refusal: AnyRefusal): LineFault[] =>
  refusal.is === 'invalid' ? refusal.errors.flatMap(({ path }) => lineFault(lines, path)) : []

/** A path such as `3.email`. */
function lineFault(lines: readonly Line[], path: string): LineFault[] {
  const [index = '', field = ''] = path.split('.')
  const found = lines[Number(index)]
  if (!found) return []
  const [fault] = formFaults({ is: 'invalid', errors: [{ path: field, message: '' }] }, found)
  return [{ line: found.line, text: found.text, says: fault?.says ?? 'invite.several.unreadable' }]
}

/** Lines that were not sent stay in the form, to be sent again. */
function report(services: Services, ctx: Context, lines: readonly Line[], outcomes: readonly Invited[]): void {
  const reported = lines.map((line, index) => reportOf(line, outcomes[index]))
  const left = lines.filter((_, index) => reported[index]?.is === 'later')
  page(services, ctx, {
    status: 200,
    lines: left.map(({ text }) => text).join('\n'),
    report: reported,
  })
}

function reportOf({ line, name, email }: Line, outcome: Invited | undefined): LineReport {
  const shown = { line, name, email, href: null, until: null }
  if (outcome?.is === 'done') return { ...shown, is: 'invited', href: userPath(outcome.person.id) }
  const refusal = outcome?.refusal
  if (refusal?.is === 'too-many-mails') return { ...shown, is: 'later', until: refusal.retryAt }
  if (refusal?.is === 'email-taken') return { ...shown, is: 'exists' }
  return { ...shown, is: refusal?.is === 'outside-groups' ? 'outside' : 'failed' }
}
