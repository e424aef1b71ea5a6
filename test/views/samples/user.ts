/** The page of one user in the console. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { eventSamples } from './audit.ts'
import { at, EMAIL, form, type Samples, type Text } from './shared.ts'

export function userSamples(text: Text): Pick<Samples, 'user'> {
  const email = text(EMAIL)
  const user: Pages['user'] = {
    listHref: '/admin/users?search=ana',
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
    events: eventSamples(text, 'own'),
    now: at + 7200,
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

  return {
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
  }
}
