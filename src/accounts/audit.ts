/** The audit log in the store: an append-only journal, indexed by user, actor and type. */
import type { AuditEvent, AuditLog } from '../ports.ts'
import type { Journal } from '../store/store.ts'

export function storedAudit(journal: Journal): AuditLog {
  return {
    async append(event) {
      const tags = [`type:${event.type}`]
      if (event.target !== null) tags.push(`user:${event.target}`)
      if (event.actor !== null) tags.push(`actor:${event.actor}`)
      await journal.append({ id: event.id, at: event.at, text: JSON.stringify(event), tags })
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
      const events = found.slice(0, limit).map(({ text }) => JSON.parse(text) as AuditEvent)
      return { events, next: found.length > limit ? (found[limit - 1]?.position ?? null) : null }
    },
  }
}

/** The same log; `onAudit` receives each event once it is written. */
export const observed = (log: AuditLog, onAudit: (event: AuditEvent) => void): AuditLog => ({
  list: (query) => log.list(query),
  async append(event) {
    await log.append(event)
    onAudit(event)
  },
})
