/** The audit log of the console. */
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
    reasons: [{ text: text('called back on the number on file') }],
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
      reasons: [{ text: '550 5.1.1 at RCPT' }],
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
      reasons: [{ text: text('no paper') }],
    },
  ]
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
