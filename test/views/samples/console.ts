/** Pages of the console. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { at, EMAIL, form, type Samples, type Text } from './shared.ts'

export function consoleSamples(
  text: Text,
): Pick<
  Samples,
  | 'settings'
  | 'users'
  | 'user'
  | 'invite'
  | 'edit'
  | 'confirm-reset'
  | 'confirm-delete'
  | 'step-up'
  | 'not-done'
  | 'audit'
> {
  const email = text(EMAIL)
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
  const listed: Pages['users']['users'][number] = {
    href: '/admin/users/ana',
    name: text('Ana Silva'),
    email,
    roles: [],
    status: 'active',
    factor: 'active',
    codes: 'enough',
  }
  const users: Pages['users'] = {
    search: '',
    status: '',
    two_factor: '',
    group: '',
    role: '',
    backup_codes: '',
    firstHref: null,
    said: null,
    nextHref: '/admin/users?cursor=abc',
    inviteHref: '/admin/invite',
    users: [
      { ...listed, name: text('Ada Admin'), roles: ['admin'] },
      listed,
      { ...listed, name: text('Ben Okafor'), factor: 'reset' },
      { ...listed, name: text('Carla Rossi'), codes: 'few' },
      { ...listed, name: text('Chloé Laurent'), factor: 'locked' },
      { ...listed, name: text('Petra Pending'), status: 'pending', factor: 'none' },
      { ...listed, name: text('David Disabled'), status: 'disabled', factor: 'unavailable' },
    ],
  }
  const user: Pages['user'] = {
    id: 'W2fz0c5nR9mJ3vYqKxT1aA',
    person: text('Ana Silva'),
    email,
    status: 'active',
    roles: [{ role: 'helpdesk', href: '/admin/users?role=helpdesk' }],
    groups: ['Lisbon', 'Sales'].map((group) => ({ group: text(group), href: '/admin/users?group=Lisbon' })),
    language: 'Deutsch',
    createdAt: at,
    factor: { state: 'active', since: at, lastUsedAt: at, codesLeft: 7, wayBack: null },
    resetHref: '/admin/users/ana/two-factor/reset',
    editHref: '/admin/users/ana/edit',
    setStatus: form,
    deleteHref: '/admin/users/ana/delete',
    exportHref: '/admin/users/ana/export',
    notNow: null,
    reset: null,
    sessions: [
      { signedInAt: at, device: { browser: 'Firefox', system: 'Windows' }, applications: [text('Sample app')] },
    ],
    moreSessions: 2,
    endSessions: form,
    invite: null,
    events: [notified, { ...notified, id: '1.2', outcome: 'refused', actor: null, address: null }],
    eventsHref: '/admin/audit?user=ana',
    said: null,
  }
  const reset: NonNullable<Pages['user']['reset']> = {
    status: 'sent',
    frozen: false,
    at,
    by: text('Ada Admin'),
    reason: text('called back on the number on file'),
    expiresAt: at + 28_800,
    openedAt: null,
    completed: null,
    mail: { status: 'accepted', attempts: 1, acceptedAt: at, lastError: null },
    ended: {
      sessions: 2,
      grants: 3,
      backupCodes: 7,
      clients: [
        { name: text('Sample app'), logout: 'delivered', lastError: null },
        { name: text('Wiki'), logout: 'failed', lastError: 'timeout' },
        { name: 'Acme ID', logout: 'own', lastError: null },
      ],
    },
    resend: form,
    revoke: form,
  }
  const gone = { state: 'reset', since: null, lastUsedAt: null, codesLeft: 0, wayBack: 'standard' } as const
  const waiting = { ...user, factor: gone, reset }
  const invite = {
    ...form,
    email: '',
    person: '',
    languages: [
      { value: '', text: 'English', is: false },
      { value: 'de', text: 'Deutsch', is: true },
    ],
    cancelHref: '/admin/users',
  }
  const confirm: Pages['confirm-reset'] = {
    ...form,
    person: text('Ana Silva'),
    email,
    ends: { sessions: 2, grants: 3, backupCodes: 7, applications: [text('Sample app'), text('Wiki')] },
    linkSeconds: 28_800,
    bothBecause: [],
    passwordByEmailAt: null,
    seen: '',
    reason: '',
    isReasonRequired: false,
    error: null,
    cancelHref: '/admin/users/ana',
  }
  const stepUp: Pages['step-up'] = {
    ...form,
    what: 'reset',
    change: null,
    person: text('Ana Silva'),
    email,
    self: text('Ada Admin'),
    act: 'sealed',
    error: null,
    ourTime: null,
    cancelHref: '/admin/users/ana#reset',
  }
  const was = { name: text('Ana Silva'), email, roles: [] }
  const edit: Pages['edit'] = {
    ...form,
    person: text('Ana Silva'),
    given: { ...was, roles: ['helpdesk'] },
    was,
    isAdmin: true,
    error: null,
    cancelHref: '/admin/users/ana',
  }
  const notDone = {
    what: 'reset' as const,
    person: text('Ana Silva'),
    email,
    at: null,
    by: null,
    backHref: '/admin/users/ana',
  }
  const audit: Pages['audit'] = {
    user: '',
    actor: '',
    type: '',
    isFirst: true,
    events: user.events,
    nextHref: '/admin/audit?cursor=abc',
    fileHref: '/admin/audit.csv?',
  }

  return {
    settings: { only: {} },
    users: {
      some: users,
      deleted: { ...users, said: 'deleted' },
      filtered: { ...users, group: text('Lisbon'), role: 'helpdesk', backup_codes: 'few' },
      empty: { ...users, users: [], nextHref: null },
      none: { ...users, search: text('ana'), two_factor: 'none', users: [], nextHref: null },
      end: { ...users, firstHref: '/admin/users', users: [], nextHref: null },
    },
    user: {
      usual: user,
      'of helpdesk': { ...user, deleteHref: null, setStatus: null },
      reset: { ...waiting, said: 'reset' },
      'mail-failed': {
        ...waiting,
        reset: {
          ...reset,
          mail: { status: 'failed', attempts: 3, acceptedAt: null, lastError: 'mail server answered 550' },
        },
      },
      completed: {
        ...user,
        reset: {
          ...reset,
          status: 'completed',
          openedAt: at,
          completed: { at, via: 'link' },
          resend: null,
          revoke: null,
        },
      },
      pending: {
        ...user,
        status: 'pending',
        notNow: { why: 'pending', at: null },
        invite: form,
        factor: { ...gone, state: 'none', wayBack: null },
        sessions: [],
        endSessions: null,
        events: [],
      },
      self: {
        ...user,
        notNow: { why: 'self', at: null },
        roles: [{ role: 'admin', href: '/admin/users?role=admin' }],
        endSessions: null,
        editHref: null,
        setStatus: null,
      },
      disabled: { ...user, status: 'disabled', notNow: { why: 'disabled', at: null }, said: 'disabled' },
      'password too new': { ...user, notNow: { why: 'password-too-new', at } },
    },
    invite: {
      fresh: { ...invite, error: null },
      'one language': { ...invite, languages: [], error: null },
      taken: { ...invite, email, person: text('Ana'), error: 'taken' },
      name: { ...invite, email, error: 'name' },
      email: { ...invite, person: text('Ana'), error: 'email' },
    },
    edit: {
      fresh: edit,
      helpdesk: { ...edit, isAdmin: false },
      taken: { ...edit, error: 'taken' },
      name: { ...edit, error: 'name' },
    },
    'confirm-reset': {
      fresh: confirm,
      suspect: { ...confirm, passwordByEmailAt: at },
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
      delete: { ...stepUp, what: 'delete' },
      incorrect: { ...stepUp, error: 'incorrect' },
      empty: { ...stepUp, error: 'empty' },
      change: {
        ...stepUp,
        what: 'change',
        change: { name: text('Ana Maria Silva'), email: text('ana@example.org'), roles: ['admin', 'helpdesk'] },
      },
      'no-roles': { ...stepUp, what: 'change', change: { name: null, email: null, roles: [] } },
      disable: { ...stepUp, what: 'disable', change: { name: null, email: null, roles: null } },
      enable: { ...stepUp, what: 'enable', change: { name: null, email: null, roles: null } },
    },
    'not-done': {
      meanwhile: { ...notDone, says: 'not-done.reset_superseded_meanwhile', at, by: text('Henry Helpdesk') },
      authority: { ...notDone, says: 'not-done.authority' },
      change: { ...notDone, what: 'change', says: 'not-done.change.self' },
    },
    audit: {
      some: audit,
      empty: { ...audit, events: [], nextHref: null },
      none: { ...audit, user: text('ana'), events: [] },
    },
  }
}
