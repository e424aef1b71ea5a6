/** The audit log in the store: an append-only journal, indexed by user, actor and type. */
import type { AuditEvent, AuditLog, Clock } from '../ports.ts'
import type { Journal, JournalEntry } from '../store/store.ts'

/** Lines read at a time when a person's are redacted. Count. */
const PAGE = 200

/**
 * How long after its event a line keeps the event's place in the order. Seconds. One that is stored later (after a crash, an outage) takes
 * the place of that moment: a reader who follows the log by time, with an overlap longer than this, misses no line.
 */
export const LATE_SECONDS = 60

export function storedAudit(journal: Journal, clock: Clock): Required<AuditLog> {
  return {
    async append(event, options) {
      const tags = prefixesOf(event.type).map((type) => `type:${type}`)
      if (event.target !== null) tags.push(`user:${event.target}`)
      if (event.actor !== null) tags.push(`actor:${event.actor}`)
      const at = Math.max(event.at, clock.now() - LATE_SECONDS)
      await journal.append({ id: event.id, at, text: write(event), tags }, options)
    },
    async list({ user, actor, type, from, to, before, limit }) {
      const tags = [user && `user:${user}`, actor && `actor:${actor}`, type && `type:${type}`].filter((tag) => !!tag)
      const found = await journal.list({
        ...(tags.length > 0 ? { tags: tags as string[] } : {}),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(before === undefined ? {} : { before }),
        limit: limit + 1,
      })
      const events = found.slice(0, limit).map(read)
      return { events, next: found.length > limit ? (found[limit - 1]?.position ?? null) : null }
    },
    async redact(accountId) {
      let last: { readonly id: string; readonly text: string } | null = null
      for (const tag of [`user:${accountId}`, `actor:${accountId}`])
        for await (const { id, text } of linesOf(journal, tag)) {
          last = { id, text: write(withoutPerson(read({ id, text }), accountId)) }
          if (last.text !== text) await journal.replace(id, last.text)
        }
      // Replicas that have this have all that was written before.
      if (last) await journal.replace(last.id, last.text, { durable: true })
    },
  }
}

/** Not stored while they have these values. */
const unsaid = { outcome: 'done', reason: null, actor: null, requestId: null, address: null, target: null } as const

function write({ id: _, ...event }: AuditEvent): string {
  const isUnsaid = (key: string, value: unknown): boolean =>
    Object.hasOwn(unsaid, key) && unsaid[key as keyof typeof unsaid] === value
  return JSON.stringify(event, (key, value: unknown) => (isUnsaid(key, value) ? undefined : value))
}

const read = ({ id, text }: Pick<JournalEntry, 'id' | 'text'>): AuditEvent => ({
  id,
  ...unsaid,
  ...(JSON.parse(text) as Pick<AuditEvent, 'at' | 'type'>),
})

/** `two_factor.reset.started` → itself, `two_factor.reset`, `two_factor`: a filter may name any of them. */
function prefixesOf(type: string): string[] {
  const parts = type.split('.')
  return parts.map((_, n) => parts.slice(0, parts.length - n).join('.'))
}

async function* linesOf(journal: Journal, tag: string) {
  let page = await journal.list({ tags: [tag], limit: PAGE })
  while (page.length > 0) {
    yield* page
    const before = page.at(-1)?.position ?? ''
    page = await journal.list({ tags: [tag], before, limit: PAGE })
  }
}

/** Types whose reason is text that a person typed. */
const FREE_TEXT: readonly string[] = ['two_factor.reset.started', 'account.noted']

/** The line without what describes this person. The address and the device of another acting person remain. */
function withoutPerson(event: AuditEvent, accountId: string): AuditEvent {
  const { device, ...rest } = event
  const isTheirs = event.actor === accountId || (event.target === accountId && event.actor === null)
  return {
    ...rest,
    ...(isTheirs ? { address: null } : { ...(device && { device }) }),
    ...(event.target === accountId && FREE_TEXT.includes(event.type) ? { reason: null } : {}),
  }
}

/** The same log; `onAudit` receives each event once it is written. */
export const observed = (log: AuditLog, onAudit: (event: AuditEvent) => void): AuditLog => ({
  ...(log.redact && { redact: (accountId: string) => log.redact?.(accountId) ?? Promise.resolve() }),
  list: (query) => log.list(query),
  async append(event, options) {
    await log.append(event, options)
    onAudit(event)
  },
})
