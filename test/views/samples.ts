/** Every page in every state, with external text in each placeholder. */
import { qrSvg } from '../../src/http/pages/qr.ts'
import type { Pages } from '../../src/http/pages/render.ts'

export type Samples = { readonly [K in keyof Pages]: Readonly<Record<string, Pages[K]>> }

const at = 1_777_816_951
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const form = { action: '/sign-in/abc', formToken: 'one-time-token' }

/** @param text maps every external string: unchanged for pictures, hostile to test escaping */
export async function samples(text: (plain: string) => string = (plain) => plain): Promise<Samples> {
  const email = text('ana.silva@example.com')
  const otpauthUri = `otpauth://totp/Acme%20ID:ana.silva%40example.com?secret=${secret}&issuer=Acme%20ID`
  const setUp: Pages['set-up'] = {
    ...form,
    qrSvg: await qrSvg(otpauthUri, 'QR code'),
    secret,
    otpauthUri,
    account: email,
    issuerName: text('Acme ID'),
    forced: null,
    step: { now: 1, of: 2 },
    error: null,
    ourTime: null,
    clockAway: null,
    until: at + 1800,
    left: 1800,
    moreTime: { action: '/sign-in/abc/stay', formToken: form.formToken },
    cancelHref: null,
  }
  const challenge: Pages['challenge'] = {
    ...form,
    error: null,
    ourTime: null,
    backupHref: '/sign-in/abc/backup-code',
    notYouHref: '/sign-in/abc/not-you',
  }
  const codes = [
    '7K3M-9QXT-2B4F-8HWN',
    'P5RD-V1CY-6JZG-0EAS',
    'T8WX-4N2K-QM7B-3FHJ',
    '9YVC-1DRP-5GSE-Z6A0',
    'B2HN-8KXM-T4QF-7W3J',
    'E6AS-0ZGJ-Y1CV-D5RP',
    'M9QX-3K7T-F8HW-N2B4',
    'S0EA-6JZG-C1VY-P5RD',
    'X4T8-K2WN-B7QM-J3FH',
    'R5DP-V9YC-S1GE-0Z6A',
  ].map(text)
  const backupCodes: Pages['backup-codes'] = {
    ...form,
    codes,
    downloadHref: '/sign-in/abc/backup-codes.txt',
    account: email,
    at,
    until: at + 900,
    step: { now: 2, of: 2 },
    reason: 'set-up',
    error: null,
  }
  const change: Pages['change'] = {
    ...form,
    what: 'replace',
    codesLeft: 10,
    asksCode: true,
    error: null,
    ourTime: null,
    backupHref: '/sign-in/abc/backup-code',
    cancel: form,
  }
  const account: Pages['account'] = {
    factor: { state: 'active', since: at, lastUsedAt: at, codesLeft: 10 },
    replace: form,
    renew: form,
    changePassword: form,
    sessions: [
      {
        id: 'one',
        signedInAt: at,
        device: { browser: 'Firefox', system: 'Windows' },
        applications: [text('Acme ID'), text('Sample app')],
        isThis: true,
        end: null,
      },
      {
        id: 'two',
        signedInAt: at,
        device: { browser: 'Safari', system: null },
        applications: [],
        isThis: false,
        end: form,
      },
      {
        id: 'three',
        signedInAt: at,
        device: { browser: null, system: null },
        applications: [],
        isThis: false,
        end: form,
      },
    ],
    moreSessions: 0,
    applications: [
      {
        name: text('Sample app'),
        since: at,
        scopes: ['Know that it is you', 'Keep this access while you are away'],
        end: form,
      },
      { name: text('Wiki'), since: at, scopes: [text('wiki:read')], end: form },
    ],
    isOnlySession: false,
    endOthers: form,
    activity: [
      {
        id: '3',
        at,
        says: 'activity.two_factor.code_refused',
        by: 'self',
        isRefused: true,
        network: text('192.0.2.0/24'),
        device: { browser: 'Firefox', system: null },
      },
      {
        id: '2',
        at,
        says: 'activity.two_factor.reset.started',
        by: 'administrator',
        isRefused: false,
        network: null,
        device: null,
      },
      { id: '1', at, says: 'activity.session.ended', by: 'self', isRefused: false, network: null, device: null },
    ],
    said: null,
  }
  const link: Pages['link'] = {
    ...form,
    purpose: 'reset',
    maskedEmail: text('a…a@example.com'),
    expiresAt: at,
    asksPassword: false,
    other: null,
  }
  const checkEmail: Pages['check-email'] = {
    ...form,
    account: email,
    email: 'sent',
    error: null,
    said: null,
    again: { action: '/sign-in/abc/check-email/again', formToken: form.formToken },
    notYouHref: '/sign-in/abc',
  }
  const signIn: Pages['sign-in'] = { ...form, email: '', error: null, forgottenHref: '/password' }
  const fault = {
    detail: null,
    reference: text('b7f2-41c9'),
    at,
    wayBack: { href: 'https://app.example.org/', name: text('Sample app') },
  }
  const dead = { purpose: 'reset' as const, at, signInHref: '/account', renew: null, againHref: null }

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
  }
  const users: Pages['users'] = {
    search: '',
    status: '',
    twoFactor: '',
    isFirst: true,
    nextHref: '/admin/users?cursor=abc',
    inviteHref: '/admin/invite',
    users: [
      { ...listed, name: text('Ada Admin'), roles: ['admin'] },
      listed,
      { ...listed, name: text('Ben Okafor'), factor: 'reset' },
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
    roles: [],
    groups: [text('Lisbon')],
    language: 'Deutsch',
    createdAt: at,
    factor: { state: 'active', since: at, lastUsedAt: at, codesLeft: 7, wayBack: null },
    resetHref: '/admin/users/ana/two-factor/reset',
    editHref: '/admin/users/ana/edit',
    setStatus: form,
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
        { name: text('Sample app'), logout: 'delivered' },
        { name: text('Wiki'), logout: 'failed' },
        { name: 'Acme ID', logout: 'own' },
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
    'sign-in': {
      fresh: signIn,
      empty: { ...signIn, error: 'empty' },
      mismatch: { ...signIn, email, error: 'mismatch' },
    },
    challenge: {
      fresh: challenge,
      empty: { ...challenge, error: 'empty' },
      malformed: { ...challenge, error: 'malformed' },
      incorrect: { ...challenge, error: 'incorrect' },
      clock: { ...challenge, error: 'incorrect', ourTime: at },
      'looks-like-backup-code': { ...challenge, error: 'looks-like-backup-code' },
    },
    'backup-code': {
      fresh: { ...form, error: null, challengeHref: '/sign-in/abc', notYouHref: '/sign-in/abc' },
      empty: { ...form, error: 'empty', challengeHref: '/sign-in/abc', notYouHref: '/sign-in/abc' },
      incorrect: { ...form, error: 'incorrect', challengeHref: '/sign-in/abc', notYouHref: '/sign-in/abc' },
    },
    'set-up': {
      first: setUp,
      forced: { ...setUp, forced: { at, byAdministrator: true } },
      'forced-otherwise': { ...setUp, forced: { at, byAdministrator: false } },
      replacing: { ...setUp, replacing: true, moreTime: null, cancel: form },
      ending: { ...setUp, left: 110 },
      empty: { ...setUp, error: 'empty' },
      malformed: { ...setUp, error: 'malformed' },
      incorrect: { ...setUp, error: 'incorrect', ourTime: at, forced: { at, byAdministrator: true } },
      clock: { ...setUp, error: 'incorrect', ourTime: at, clockAway: -90 },
    },
    change: {
      replace: change,
      'replace-incorrect': { ...change, error: 'incorrect', ourTime: at },
      renew: { ...change, what: 'renew', codesLeft: 3, backupHref: null },
      password: { ...change, what: 'password' },
      'renew-last': { ...change, what: 'renew', codesLeft: 1, backupHref: null },
      'proven-already': { ...change, asksCode: false },
    },
    'backup-codes': {
      fresh: backupCodes,
      unticked: { ...backupCodes, error: 'unticked' },
      renewed: { ...backupCodes, reason: 'renewed', step: null },
    },
    done: {
      'signing-in': {
        continueTo: { href: 'https://id.example.com/auth/abc', name: text('Sample app') },
        signInHref: '/account',
      },
      'by-link': { continueTo: null, signInHref: '/account' },
    },
    'begin-set-up': {
      first: { ...form, forced: null, notYouHref: '/sign-in/abc' },
      forced: { ...form, forced: { at }, notYouHref: null },
    },
    'check-email': {
      fresh: checkEmail,
      sent: { ...checkEmail, said: 'sent' },
      'not-here': { ...checkEmail, error: 'not-here' },
      replaced: { ...checkEmail, error: 'replaced' },
      expired: { ...checkEmail, email: 'expired' },
      'expired-error': { ...checkEmail, email: 'expired', error: 'expired' },
      cancelled: { ...checkEmail, email: 'cancelled' },
      revoked: { ...checkEmail, email: 'revoked', again: null },
    },
    'enter-password': {
      fresh: { ...form, email, error: null },
      empty: { ...form, email, error: 'empty' },
      mismatch: { ...form, email, error: 'mismatch' },
    },
    link: {
      fresh: link,
      strict: { ...link, asksPassword: true },
      'of another': {
        ...link,
        other: { email: text('ben@example.com'), signOutHref: '/session/end' },
      },
      invitation: { ...link, purpose: 'invitation' },
      password: { ...link, purpose: 'password' },
    },
    'choose-password': {
      fresh: { ...form, email, step: { now: 1, of: 3 }, isFirst: true, error: null },
      another: { ...form, email, step: null, isFirst: false, error: null },
      common: { ...form, email, step: { now: 1, of: 3 }, isFirst: true, error: 'common' },
    },
    'link-renewed': { only: { maskedEmail: text('a…@example.com') } },
    'change-password': {
      fresh: { ...form, email, error: null, cancel: { action: '/sign-in/abc/cancel', formToken: 'one-time-token' } },
      mismatch: { ...form, email, error: 'mismatch', cancel: null },
      short: { ...form, email, error: 'short', cancel: null },
    },
    forgotten: { fresh: { ...form, error: null }, empty: { ...form, error: 'empty' } },
    'link-sent': { sent: { againHref: '/password', signInHref: '/account' } },
    'dead-link': {
      expired: { ...dead, why: 'expired', renew: form },
      'expired for good': { ...dead, why: 'expired' },
      used: { ...dead, why: 'used' },
      replaced: { ...dead, why: 'replaced' },
      cancelled: { ...dead, why: 'cancelled' },
      unknown: { ...dead, why: 'unknown', at: null },
      'used invitation': { ...dead, purpose: 'invitation', why: 'used' },
      'expired password': { ...dead, purpose: 'password', why: 'expired', againHref: '/password' },
      'used password': { ...dead, purpose: 'password', why: 'used', againHref: '/password' },
      'expired invitation': { ...dead, purpose: 'invitation', why: 'expired' },
    },
    consent: {
      some: {
        ...form,
        notYouHref: '/sign-in/abc',
        accountHref: '/account',
        client: { name: text('Sample app'), host: text('app.example.org') },
        email,
        scopes: [
          { name: 'openid', words: text('Know who you are') },
          { name: 'email', words: text('See your email address') },
        ],
      },
      none: {
        ...form,
        notYouHref: null,
        accountHref: null,
        client: { name: text('Sample app'), host: text('app.example.org') },
        email,
        scopes: [],
      },
    },
    paused: {
      'for-a-while': { until: at, startAgainHref: '/auth?client_id=app' },
      locked: { until: null },
    },
    interrupted: {
      disabled: { startAgainHref: null, reason: 'disabled' },
      reset: { reason: 'reset', startAgainHref: '/auth?client_id=sample' },
      over: { reason: 'over', startAgainHref: '/auth?client_id=sample' },
      expired: { reason: 'expired', startAgainHref: '/auth?client_id=sample' },
      'expired set-up': {
        reason: 'expired',
        startAgainHref: '/auth?client_id=sample',
        entry: { issuer: text('Acme ID'), account: email },
      },
      'expired link': { reason: 'expired', startAgainHref: null, byLink: 'reset' },
      elsewhere: { reason: 'elsewhere', startAgainHref: null },
      saved: { reason: 'saved', startAgainHref: '/auth?client_id=sample' },
    },
    'set-up-elsewhere': { only: { signInHref: '/account' } },
    'set-up-closed': {
      frozen: { why: 'frozen' },
      expired: { why: 'expired' },
      'password too new': { why: 'password-too-new', from: at },
    },
    unavailable: { only: { reference: text('b7f2-41c9') } },
    error: {
      'not-found': { ...fault, kind: 'not-found', wayBack: null },
      forbidden: { ...fault, kind: 'forbidden' },
      unauthorised: { ...fault, kind: 'unauthorised' },
      'bad-request': { ...fault, kind: 'bad-request' },
      'too-large': { ...fault, kind: 'too-large' },
      method: { ...fault, kind: 'method' },
      'too-many': { ...fault, kind: 'too-many' },
      unavailable: { ...fault, kind: 'unavailable', wayBack: null, retryHref: '?' },
      server: { ...fault, kind: 'server' },
      'sign-in-request': {
        ...fault,
        kind: 'sign-in-request',
        detail: text('redirect_uri did not match any of the client’s registered redirect_uris'),
      },
    },
    continue: {
      'sign-in': {
        kind: 'sign-in',
        client: text('Sample app'),
        href: 'https://app.example.org/callback?code=a&state=b',
      },
      link: { kind: 'link', client: null, href: 'https://app.example.org/' },
      back: { kind: 'back', client: text('Your security'), href: '/callback?error=access_denied' },
      'log-out': { kind: 'log-out', client: null, href: 'https://app.example.org/' },
    },
    'log-out': {
      request: {
        client: text('Sample app'),
        form: '<form id="op.logoutForm" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="x"/></form>',
      },
      alone: {
        client: null,
        form: '<form id="op.logoutForm" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="x"/></form>',
      },
    },
    'logged-out': {
      from: { client: text('Sample app'), signInHref: null },
      alone: { client: null, signInHref: null },
      'of a place of ours': { client: null, signInHref: '/account' },
    },
    settings: { only: {} },
    users: {
      some: users,
      empty: { ...users, users: [], nextHref: null },
      none: { ...users, search: text('ana'), twoFactor: 'none', users: [], nextHref: null },
      end: { ...users, isFirst: false, users: [], nextHref: null },
    },
    user: {
      usual: user,
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
        roles: ['admin'],
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
    'step-up': {
      fresh: stepUp,
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
    account: {
      usual: account,
      'few-codes': {
        ...account,
        factor: { ...account.factor, codesLeft: 2 },
        moreSessions: 3,
        said: 'one',
      },
      alone: {
        ...account,
        factor: { ...account.factor, state: 'locked', lastUsedAt: null, codesLeft: 0 },
        sessions: account.sessions.slice(0, 1),
        applications: [],
        isOnlySession: true,
        activity: [],
        said: 'others',
      },
    },
    mailbox: {
      empty: { emails: [] },
      some: {
        emails: [
          {
            id: '1.2',
            to: email,
            subject: text('Two-factor authentication was reset on your Acme ID account'),
            text: text(
              'Hello Ana,\n\nTo get back in, set up an authenticator app:\n\nhttps://id.example.com/two-factor/reset/0123456789012345678901_0123456789012345678901234567890123456789012\n\nThe link is valid until 3 May 2026.',
            ),
            at,
          },
        ],
      },
    },
    start: {
      all: {
        sampleHref: 'http://localhost:3001/',
        mailboxHref: '/mailbox',
        consoleHref: '/admin',
        accountHref: '/account',
        password: text('correct-horse-battery'),
        people: [
          { email: text('admin@example.com'), is: 'admin' },
          { email: 'helpdesk@example.com', is: 'helpdesk' },
          { email: 'user01@example.com', is: 'user' },
          { email: 'pending@example.com', is: 'pending' },
          { email: 'disabled@example.com', is: 'disabled' },
        ],
        store: text('SQLite in data/'),
      },
    },
  }
}
