/** The filter of the audit log, in the query: a person, a kind of event, days of the reader's time zone. */
import type { Context } from 'koa'
import { sameEmail } from '../../email.ts'
import { LONGEST_ID } from '../../core/rules.ts'
import type { Person } from '../../ports.ts'
import type { AuditFilter } from '../../service/auditEvents.ts'
import { listUsers } from '../../service/users.ts'
import { textOf } from '../body.ts'
import type { Services } from '../context.ts'
import type { AuditFault, EventGroup, Span } from '../pages/auditLocals.ts'
import { webSessionOf } from '../webSession.ts'
import { dayBefore, dayOf, endOfDay, isDay, startOfDay, zoneOf } from './days.ts'

/** Kinds of events, by types and beginnings of types. */
export const groups: { readonly [K in EventGroup]: readonly string[] } = {
  resets: ['two_factor.reset'],
  'set-ups': [
    'two_factor.enrolled',
    'two_factor.replaced',
    'two_factor.adopted',
    'two_factor.authenticator_added',
    'two_factor.authenticator_removed',
    'two_factor.authenticator_renamed',
    'two_factor.passkey_suspect',
  ],
  'backup-codes': ['two_factor.backup_code_used', 'two_factor.backup_codes_renewed'],
  'sign-ins': ['sign_in.done', 'signed_out'],
  'failed-sign-ins': [
    'sign_in.refused',
    'password.refused',
    'two_factor.code_refused',
    'two_factor.passkey_refused',
    'link.refused',
    'refresh.refused',
  ],
  sessions: ['session', 'access'],
  accounts: [
    'account.created',
    'account.changed',
    'account.email_changed',
    'account.disabled',
    'account.enabled',
    'account.noted',
    'account.deleted',
  ],
  invitations: ['account.invited', 'account.invitation_mail_accepted', 'account.invitation_mail_failed'],
  passwords: [
    'account.password_changed',
    'account.password_link_sent',
    'account.password_mail_accepted',
    'account.password_mail_failed',
  ],
  emails: ['two_factor.reset.mail_failed', 'account.invitation_mail_failed', 'account.password_mail_failed'],
  staff: [
    'two_factor.reset.refused',
    'step_up.refused',
    'session.end.refused',
    'account.invitation_refused',
    'account.change_refused',
    'account.deletion_refused',
  ],
  service: ['audit', 'account.restored', 'service'],
}

const isGroup = (name: string): name is EventGroup => Object.hasOwn(groups, name)
export const eventGroups = Object.keys(groups).filter(isGroup)

/** How many days ago it begins and ends. */
const daysAgo: { readonly [K in Span]: readonly [number, number] } = { today: [0, 0], yesterday: [1, 1], week: [6, 0] }
export const spans: readonly Span[] = ['today', 'yesterday', 'week']

interface Days {
  readonly from: string
  readonly to: string
}

/** The days of a span that ends today. */
export function daysOf({ clock }: Services, zone: string, span: Span): Days {
  const today = dayOf(clock.now(), zone)
  const [from, to] = daysAgo[span]
  return { from: dayBefore(today, from), to: dayBefore(today, to) }
}

/** The people who match what was typed; `chosen`: the one of them who is meant. */
interface Found {
  readonly chosen: Pick<Person, 'id' | 'name'> | null
  readonly people: readonly Person[]
  readonly hasMore: boolean
}

/** Empty: any. Each is kept in the addresses of the other pages. */
export interface Chosen extends Days {
  /** As it was typed, or the name of the person. */
  readonly who: string
  readonly found: Found
  /** A group, or a type or its beginning. */
  readonly event: string
  /** An IANA name; empty: the query names none. */
  readonly zone: string
}

export async function chosenOf(services: Services, ctx: Context): Promise<Chosen> {
  // No id is longer, and no directory searches for more.
  const given = (name: string): string => textOf(ctx.query[name]).trim().slice(0, LONGEST_ID)
  const zone = zoneOf(given('zone')) ?? ''
  const found = await findPerson(services, ctx, { typed: given('who'), id: given('person') })
  const span = spans.find((name) => name === given('days'))
  const days = span ? daysOf(services, zone || 'UTC', span) : { from: given('from'), to: given('to') }
  return { ...days, zone, event: given('event'), found, who: found.chosen?.name ?? given('who') }
}

/** Found as in the list of users, or by the id. */
async function findPerson(
  services: Services,
  ctx: Context,
  { typed, id }: { readonly typed: string; readonly id: string },
): Promise<Found> {
  const byId = async (text: string) => (text === '' ? null : services.directory.find(text))
  const before = await byId(id)
  // The form posts the name of the person before, until another one is typed.
  const name = before?.name ?? id
  if (id !== '' && (ctx.query['who'] === undefined || typed === name.trim()))
    return { chosen: { id, name }, people: [], hasMore: false }
  if (typed === '') return noneFound
  const query = { search: typed.slice(0, 200), limit: MOST_PEOPLE }
  const [same, listed] = await Promise.all([
    byId(typed),
    listUsers(services, { actor: webSessionOf(ctx).person, query }),
  ])
  const { users, next } = listed.is === 'refused' ? { users: [], next: null } : listed
  const others = users.map(({ person }) => person).filter((person) => person.id !== same?.id)
  const people = same ? [same, ...others] : others
  // An id may look like the email of another person.
  const exact = same ? [] : people.filter(({ email }) => sameEmail(email, typed))
  const [only] = exact.length === 1 ? exact : people
  const isOne = exact.length === 1 || people.length === 1
  return { chosen: (isOne && only) || null, people, hasMore: next !== null }
}

/** Choices of a name that several people have. Count. */
const MOST_PEOPLE = 10

const noneFound: Found = { chosen: null, people: [], hasMore: false }

/** What is wrong with the days, and the field to correct; null: nothing. */
export function faultOf({ from, to }: Days): AuditFault | null {
  for (const [field, day] of [
    ['from', from],
    ['to', to],
  ] as const)
    if (day !== '' && !isDay(day)) return { is: 'date', field }
  return from !== '' && to !== '' && from > to ? { is: 'order', field: 'from' } : null
}

/** null: several people are meant, or the days are not days. */
export function filterOf(chosen: Chosen): AuditFilter | null {
  const { who, found, event, from, to, zone } = chosen
  if ((!found.chosen && found.people.length > 0) || faultOf(chosen)) return null
  // Of a person who was deleted only the id is known.
  const person = found.chosen?.id ?? who
  const types = event === '' ? [] : isGroup(event) ? groups[event] : [event]
  return {
    types,
    ...(person !== '' && { person }),
    ...(from !== '' && { from: startOfDay(from, zone || 'UTC') }),
    ...(to !== '' && { to: endOfDay(to, zone || 'UTC') }),
  }
}

/** The filter in an address, with the id for the name. */
export function queryOf({ who, found, event, from, to, zone }: Chosen): Record<string, string> {
  const person = found.chosen?.id ?? ''
  const all = { person, who: person ? '' : who, event, from, to, zone }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}
