/** The page of one user in the console. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { eventSamples } from './audit.ts'
import { ownAuthenticators } from './authenticators.ts'
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
    factor: { state: 'active', since: at, lastUsedAt: at, codesLeft: 7, authenticators: [], wayBack: null },
    resetHref: '/admin/users/ana/two-factor/reset',
    editHref: '/admin/users/ana/edit',
    setStatus: form,
    deleteHref: '/admin/users/ana/delete',
    exportHref: '/admin/users/ana/export',
    notNow: null,
    ownHref: null,
    now: at + 240,
    reset: null,
    earlierResets: [],
    sessions: [
      {
        signedInAt: at,
        device: { browser: 'Firefox', system: 'Windows' },
        applications: [text('Sample app')],
        end: form,
      },
      { signedInAt: at - 90_000, device: { browser: 'Safari', system: 'iOS' }, applications: [], end: form },
    ],
    moreSessions: 2,
    endSessions: form,
    invitation: null,
    invite: null,
    signIn: null,
    note: { ...form, text: '', error: null },
    events: eventSamples(text, 'own'),
    eventsHref: '/admin/audit?user=ana',
    said: null,
  }
  const reset: NonNullable<Pages['user']['reset']> = {
    status: 'sent',
    stage: 'sent',
    isWaiting: true,
    frozen: false,
    at,
    by: text('Ada Admin'),
    reason: text('called back on the number on file'),
    id: 'reset-1',
    version: 'version',
    liveHref: '/live',
    pageHref: '/admin/users/ana',
    now: at + 240,
    expiresAt: at + 28_800,
    openedAt: null,
    completed: null,
    mail: { status: 'accepted', attempts: 1, acceptedAt: at, lastError: null, nextAt: null },
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
  const gone = {
    state: 'reset',
    since: null,
    lastUsedAt: null,
    codesLeft: 0,
    authenticators: [],
    wayBack: 'either',
  } as const
  const waiting = { ...user, factor: gone, reset }

  const finished = { ...reset, liveHref: null, isWaiting: false, resend: null, revoke: null }
  const completed = {
    ...finished,
    status: 'completed',
    stage: 'completed',
    openedAt: at,
    completed: { at: at + 120, via: 'link' },
  } as const
  const unsent = { attempts: 3, acceptedAt: null, lastError: 'mail server answered 550', nextAt: null }
  const pending = {
    ...user,
    status: 'pending',
    roles: [],
    notNow: { why: 'pending', at: null },
    invite: form,
    factor: { ...gone, state: 'none', wayBack: null },
    sessions: [],
    moreSessions: 0,
    endSessions: null,
    setStatus: null,
    signIn: { is: 'closed', why: 'pending', until: null },
  } as const
  const sent = { status: 'accepted', attempts: 0, acceptedAt: at, lastError: null, nextAt: null } as const

  return {
    user: {
      passkeys: { ...user, factor: { ...user.factor, authenticators: ownAuthenticators(text) } },
      usual: user,
      'of helpdesk': {
        ...user,
        deleteHref: null,
        setStatus: null,
        signIn: { is: 'refused', why: 'password', at: at + 60 },
      },
      reset: { ...waiting, said: 'reset' },
      'mail-queued': {
        ...waiting,
        reset: { ...reset, stage: 'queued', mail: { ...unsent, status: 'queued', nextAt: at + 540 } },
      },
      'mail-failed': { ...waiting, reset: { ...reset, stage: 'failed', mail: { ...unsent, status: 'failed' } } },
      cancelled: {
        ...waiting,
        factor: { ...gone, wayBack: 'blocked' },
        reset: {
          ...reset,
          status: 'revoked',
          stage: 'frozen',
          frozen: true,
          liveHref: null,
          resend: null,
          revoke: null,
        },
        signIn: { is: 'closed', why: 'blocked', until: null },
        said: 'frozen',
      },
      completed: {
        ...user,
        reset: completed,
        earlierResets: [
          { at: at - 86_400, by: text('Ada Admin'), status: 'completed', via: 'sign-in' },
          { at: at - 172_800, by: null, status: 'superseded', via: null },
        ],
      },
      pending: {
        ...pending,
        invitation: { sentAt: at, expiresAt: at + 86_400, isExpired: false, mail: sent },
        said: 'invited',
      },
      'invitation failed': {
        ...pending,
        invitation: { sentAt: at, expiresAt: at + 86_400, isExpired: false, mail: { ...unsent, status: 'failed' } },
        events: [],
      },
      'not invited': { ...pending, invitation: null, events: [] },
      self: {
        ...user,
        notNow: { why: 'self', at: null },
        ownHref: '/account',
        roles: [{ role: 'admin', href: '/admin/users?role=admin' }],
        sessions: user.sessions.map((session) => ({ ...session, end: null })),
        endSessions: null,
        editHref: null,
        setStatus: null,
        deleteHref: null,
        note: null,
      },
      disabled: {
        ...user,
        status: 'disabled',
        notNow: { why: 'disabled', at: null },
        signIn: { is: 'closed', why: 'disabled', until: null },
        said: 'disabled',
      },
      'note too long': { ...user, note: { ...form, text: text('called'), error: 'long' } },
      paused: { ...user, signIn: { is: 'closed', why: 'paused', until: at + 300 } },
      'password too new': { ...user, notNow: { why: 'password-too-new', at } },
    },
  }
}
