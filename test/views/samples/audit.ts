/** The audit log of the console. */
import { eventGroups, spans } from '../../../src/http/console/auditFilter.ts'
import type { EventFacts } from '../../../src/http/pages/auditLocals.ts'
import type { Pages } from '../../../src/http/pages/render.ts'
import { at, type Samples, type Text } from './shared.ts'

/** A reset and what came of it, refusals, and a host's own type. `whose`: `own` on the page of the user. */
export function eventSamples(text: Text, whose: 'own' | 'other' = 'other'): EventFacts[] {
  const device = { browser: 'Chrome', system: 'Linux' }
  const event: EventFacts = {
    id: '1.1',
    at,
    type: 'two_factor.reset.started',
    says: 'event.type.two_factor.reset.started',
    actor: text('Ada Admin'),
    actorHref: '/admin/users/ada',
    target: text('Ana Silva'),
    targetHref: '/admin/users/ana',
    whose,
    by: 'other',
    outcome: 'done',
    reasons: [{ says: null, text: text('called back on the number on file') }],
    application: null,
    address: '127.0.0.0/24',
    device: null,
    whole: text('{ "id": "1.1" }'),
  }
  const own = { ...event, actor: null, actorHref: null, address: '192.0.2.0/24', device, reasons: [] }
  return [
    {
      ...own,
      id: '1.8',
      at: at + 3600,
      type: 'sign_in.done',
      says: 'event.type.sign_in.done',
      by: 'self',
      reasons: [{ says: 'event.reason.otp' }],
      application: text('Sample app'),
    },
    {
      ...own,
      id: '1.7',
      at: at + 700,
      type: 'two_factor.code_refused',
      says: 'event.type.two_factor.code_refused',
      outcome: 'refused',
      reasons: [{ says: 'event.reason.wrong-code' }],
    },
    {
      ...own,
      id: '1.6',
      at: at + 600,
      type: 'two_factor.enrolled',
      says: 'event.type.two_factor.enrolled',
      reasons: [{ says: 'event.reason.by-link' }],
    },
    {
      ...own,
      id: '1.5',
      at: at + 60,
      type: 'two_factor.reset.mail_failed',
      says: 'event.type.two_factor.reset.mail_failed',
      outcome: 'failed',
      reasons: [{ says: 'event.reason.mail', text: '550 5.1.1 at RCPT' }],
      address: null,
      device: null,
    },
    event,
    {
      ...event,
      id: '1.0',
      at: at - 90_000,
      type: 'acme.badge.printed',
      says: null,
      outcome: 'refused',
      reasons: [{ says: null, text: text('no paper') }],
    },
  ]
}

export function auditSamples(text: Text): Pick<Samples, 'audit'> {
  const audit: Pages['audit'] = {
    who: '',
    person: null,
    isUnknown: false,
    choices: [],
    hasMoreChoices: false,
    event: '',
    groups: eventGroups,
    from: '',
    to: '',
    zone: '',
    spans: spans.map((span) => ({ span, isChosen: false, href: `/admin/audit?days=${span}` })),
    isFiltered: false,
    clearHref: '/admin/audit',
    error: null,
    events: eventSamples(text),
    newerHref: null,
    olderHref: '/admin/audit?page=2&at=1777816951',
    cutAt: null,
    fileHref: '/admin/audit.csv',
  }
  const yesterday: Pages['audit'] = {
    ...audit,
    who: text('Ana Silva'),
    person: text('ana'),
    event: 'resets',
    from: '2026-05-03',
    to: '2026-05-03',
    zone: 'Europe/Berlin',
    spans: audit.spans.map((span) => ({ ...span, isChosen: span.span === 'yesterday' })),
    isFiltered: true,
  }
  const choices = [
    { href: '/admin/audit?person=ana', name: text('Ana Silva'), email: text('ana.silva@example.com') },
    { href: '/admin/audit?person=ann', name: text('Annabel Lee'), email: text('annabel.lee@example.com') },
  ]
  const none = { events: [], olderHref: null }

  return {
    audit: {
      some: audit,
      filtered: { ...yesterday, newerHref: '/admin/audit?page=39', cutAt: 1000, olderHref: null },
      empty: { ...audit, ...none },
      none: { ...yesterday, ...none, event: text('acme.badge') },
      unknown: { ...audit, ...none, who: text('xyz'), isUnknown: true, isFiltered: true },
      several: { ...audit, ...none, who: text('an'), choices, hasMoreChoices: true, isFiltered: true, fileHref: null },
      date: { ...audit, ...none, from: 'x', error: { is: 'date', field: 'from' }, fileHref: null },
      order: { ...yesterday, ...none, to: '2026-05-01', error: { is: 'order', field: 'from' }, fileHref: null },
    },
  }
}
