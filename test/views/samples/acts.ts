/** The questions before an act in the console, and its refusal. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { at, EMAIL, form, passkeyForm, type Samples, type Text } from './shared.ts'

export function actSamples(text: Text): Pick<Samples, 'confirm-reset' | 'confirm-delete' | 'step-up' | 'not-done'> {
  const email = text(EMAIL)
  const confirm: Pages['confirm-reset'] = {
    ...form,
    person: text('Ana Silva'),
    email,
    ends: {
      sessions: 2,
      grants: 3,
      backupCodes: 7,
      applications: [text('Sample app'), text('Wiki')],
      authenticator: true,
      link: false,
    },
    linkSeconds: 28_800,
    bothBecause: [],
    passwordByEmailAt: null,
    seen: '',
    verified: '',
    reason: '',
    isReasonRequired: false,
    error: null,
    cancelHref: '/admin/users/ana#reset',
  }
  const stepUp: Pages['step-up'] = {
    ...form,
    what: 'reset',
    changes: [],
    person: text('Ana Silva'),
    email,
    self: text('Ada Admin'),
    act: 'sealed',
    reason: null,
    passkey: null,
    asksCode: true,
    error: null,
    ourTime: null,
    cancelHref: '/admin/users/ana#reset',
  }
  const notDone = {
    what: 'reset' as const,
    person: text('Ana Silva'),
    email,
    at: null,
    by: null,
    ownHref: null,
    backHref: '/admin/users/ana',
  }

  return {
    'confirm-reset': {
      fresh: confirm,
      suspect: { ...confirm, passwordByEmailAt: at },
      again: {
        ...confirm,
        ends: { sessions: 0, grants: 0, backupCodes: 0, applications: [], authenticator: false, link: true },
      },
      strict: { ...confirm, bothBecause: ['policy'] },
      'after wrong codes': { ...confirm, bothBecause: ['policy', 'wrong-codes'] },
      'no-reason': { ...confirm, isReasonRequired: true, error: 'no-reason' },
      'long-reason': { ...confirm, error: 'long-reason' },
    },
    'confirm-delete': {
      fresh: {
        ...form,
        person: text('Ana Silva'),
        email,
        ends: { sessions: 2, grants: 3, applications: [text('Sample app'), text('Wiki')] },
        exportHref: '/admin/users/ana/export',
        cancelHref: '/admin/users/ana',
      },
    },
    'step-up': {
      fresh: stepUp,
      reason: { ...stepUp, reason: text('Called back') },
      passkey: { ...stepUp, reason: text('Called back'), passkey: passkeyForm },
      'passkey alone': { ...stepUp, passkey: passkeyForm, asksCode: false },
      'passkey refused': { ...stepUp, passkey: { ...passkeyForm, error: 'incorrect' } },
      'passkey late': { ...stepUp, passkey: passkeyForm, error: 'late' },
      'passkey and a wrong code': { ...stepUp, passkey: passkeyForm, error: 'incorrect' },
      delete: { ...stepUp, what: 'delete' },
      incorrect: { ...stepUp, error: 'incorrect' },
      empty: { ...stepUp, error: 'empty' },
      late: { ...stepUp, error: 'late' },
      change: {
        ...stepUp,
        what: 'change',
        changes: [
          { field: 'name', from: [text('Ana Silva')], to: [text('Ana Maria Silva')] },
          { field: 'email', from: [email], to: [text('ana@example.org')] },
          { field: 'roles', from: [], to: ['admin', 'helpdesk'] },
          { field: 'language', from: ['English'], to: ['Deutsch'] },
          { field: 'groups', from: [text('Lisbon'), text('Sales')], to: [] },
        ],
      },
      disable: { ...stepUp, what: 'disable' },
      enable: { ...stepUp, what: 'enable' },
    },
    'not-done': {
      meanwhile: { ...notDone, says: 'not-done.reset_superseded_meanwhile', at, by: text('Henry Helpdesk') },
      self: { ...notDone, says: 'not-done.self', ownHref: '/account' },
      paused: { ...notDone, says: 'not-done.too_many_resets', at: at + 1500 },
      authority: { ...notDone, says: 'not-done.authority' },
      change: { ...notDone, what: 'change', says: 'not-done.change.self' },
    },
  }
}
