/** The audit log of the console. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { at, type Samples, type Text } from './shared.ts'

/** Of the reset of a user, and of a refusal. */
export function eventSamples(text: Text): Pages['audit']['events'] {
  const notified = {
    id: '1.1',
    at,
    type: 'two_factor.reset.started',
    says: 'audit.type.two_factor.reset.started' as const,
    whole: text('{ "id": "1.1" }'),
    actor: text('Ada Admin'),
    target: text('Ana Silva'),
    targetId: 'ana',
    outcome: 'done' as const,
    reason: text('called back on the number on file'),
    address: '192.0.2.0/24',
  }
  return [notified, { ...notified, id: '1.2', outcome: 'refused', actor: null, address: null }]
}

export function auditSamples(text: Text): Pick<Samples, 'audit'> {
  const audit: Pages['audit'] = {
    user: '',
    actor: '',
    type: '',
    isFirst: true,
    events: eventSamples(text),
    nextHref: '/admin/audit?cursor=abc',
    fileHref: '/admin/audit.csv?',
  }

  return {
    audit: {
      some: audit,
      empty: { ...audit, events: [], nextHref: null },
      none: { ...audit, user: text('ana'), events: [] },
    },
  }
}
