/** The recent activity of an account, for its owner: one entry for each act, with its steps. */
import type { AuditType } from '../../core/effect.ts'
import { isKey } from '../../i18n/messages.ts'
import type { AuditEvent, AuditLog } from '../../ports.ts'
import type { Activity, ActivityStep } from '../pages/accountLocals.ts'

/** Entries shown at first, and added by each **Older**. Count: enough to notice an act of another person. */
const RECENT = 20
/** Entries that can be shown. Count: the work of one request has a bound. */
const MOST_SHOWN = 500
/** Events read for each twenty entries: a reset has several. Count. */
const READ = 50
/** Pages of events read. Count: only who writes 2,000 notes could hide an act from the owner. */
const MOST_PAGES = 40

/** The type of an entry that has steps, and the types of its steps with their messages. */
const steps = {
  'two_factor.reset.started': {
    'two_factor.reset.mail_accepted': 'activity.step.mail_accepted',
    'two_factor.reset.mail_failed': 'activity.step.mail_failed',
    'two_factor.reset.resent': 'activity.step.resent',
    'two_factor.reset.opened': 'activity.step.opened',
    'two_factor.reset.revoked': 'activity.step.revoked',
    'two_factor.enrolled': 'activity.step.enrolled',
    'two_factor.reset.completed': null,
    'two_factor.reset.superseded': null,
  },
  'account.invited': {
    'account.invitation_mail_accepted': 'activity.step.mail_accepted',
    'account.invitation_mail_failed': 'activity.step.mail_failed',
  },
  'account.password_link_sent': {
    'account.password_mail_accepted': 'activity.step.mail_accepted',
    'account.password_mail_failed': 'activity.step.mail_failed',
  },
} as const satisfies Partial<Record<AuditType, Partial<Record<AuditType, ActivityStep['says'] | null>>>>

type Steps = Readonly<Record<string, ActivityStep['says'] | null>>
const stepsOf: Readonly<Record<string, Steps>> = steps

/** Acts without a session whose network and browser the owner sees: their own by a mailed link, or another person's. */
const withoutSession: readonly string[] = [
  'password.refused',
  'link.refused',
  'sign_in.refused',
  'two_factor.reset.opened',
  'two_factor.enrolled',
  'account.password_link_sent',
  'account.password_changed',
] satisfies AuditType[]

/** The number of entries that a page shows, from its address. */
export function shownEntries(given: unknown): number {
  const count = typeof given === 'string' && /^\d{1,3}$/.test(given) ? Number(given) : RECENT
  return Math.min(Math.max(RECENT, count), MOST_SHOWN)
}

interface RecentActivity {
  readonly activity: Activity[]
  /** How many entries the page with older ones shows; null: these are all, or the most. */
  readonly next: number | null
}

/** The newest entries of an account. */
export async function recentActivity(
  audit: Pick<AuditLog, 'list'>,
  accountId: string,
  shown: number,
): Promise<RecentActivity> {
  const { events, isAll } = await eventsForOwner(audit, accountId, Math.ceil(shown / RECENT) * READ)
  const entries = activityOf(events, accountId)
  const isMore = (entries.length > shown || !isAll) && shown < MOST_SHOWN
  return { activity: entries.slice(0, shown), next: isMore ? shown + RECENT : null }
}

/** Newest first. Notes are for the console: they are skipped, not counted, so that they hide no act. */
async function eventsForOwner(
  audit: Pick<AuditLog, 'list'>,
  user: string,
  wanted: number,
): Promise<{ readonly events: AuditEvent[]; readonly isAll: boolean }> {
  const events: AuditEvent[] = []
  let before: string | null | undefined
  for (let page = 0; page < MOST_PAGES && events.length < wanted && before !== null; page += 1) {
    const read = await audit.list({ user, limit: READ, ...(before !== undefined && { before }) })
    events.push(...read.events.filter(({ type }) => type !== ('account.noted' satisfies AuditType)))
    before = read.next
  }
  return { events: events.slice(0, wanted), isAll: before === null && events.length <= wanted }
}

/** @param events newest first */
export function activityOf(events: readonly AuditEvent[], accountId: string): Activity[] {
  const entries: Activity[] = []
  // The newest act of each kind that the following events may belong to.
  const open = new Map<string, { readonly steps: Steps; readonly entry: ActivityStep[] }>()
  for (const event of events.toReversed()) {
    const says = event.outcome === 'refused' ? null : belongingTo(open, event)
    if (says) says.entry.push(...(says.step === null ? [] : [{ ...shownOf(event, accountId), says: says.step }]))
    else {
      const entry = entryOf(event, accountId)
      const own = event.outcome === 'done' ? stepsOf[event.type] : undefined
      if (own) open.set(event.type, { steps: own, entry: entry.steps })
      entries.push(entry)
    }
  }
  return entries.toReversed()
}

function belongingTo(
  open: ReadonlyMap<string, { readonly steps: Steps; readonly entry: ActivityStep[] }>,
  { type }: AuditEvent,
): { readonly step: ActivityStep['says'] | null; readonly entry: ActivityStep[] } | null {
  for (const { steps: known, entry } of open.values()) {
    const step = known[type]
    if (step !== undefined) return { step, entry }
  }
  return null
}

function entryOf(event: AuditEvent, accountId: string): Activity & { steps: ActivityStep[] } {
  const key = `activity.${event.type}`
  const says = isKey(key) ? key : 'activity.other'
  return {
    ...shownOf(event, accountId),
    id: event.id,
    says,
    by: byOf(event, accountId),
    isRefused: event.outcome !== 'done',
    steps: [],
  }
}

const byOf = ({ actor }: AuditEvent, accountId: string): Activity['by'] => {
  if (actor === accountId) return 'self'
  return actor === null ? 'service' : 'administrator'
}

/** The network and the browser of an administrator are not shown. */
function shownOf(event: AuditEvent, accountId: string): Omit<ActivityStep, 'says'> {
  const { type, actor, at, address, device } = event
  const isShown = actor === accountId || (actor === null && withoutSession.includes(type))
  return { at, network: isShown ? address : null, device: isShown ? (device ?? null) : null }
}
