/** The list of users in the console, and the forms that create and change one. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { at, EMAIL, form, type Samples, type Text } from './shared.ts'

export function usersSamples(text: Text): Pick<Samples, 'settings' | 'users' | 'invite' | 'invite-several' | 'edit'> {
  const email = text(EMAIL)
  const listed: Pages['users']['users'][number] = {
    href: '/admin/users/ana',
    name: text('Ana Silva'),
    email,
    roles: [],
    status: 'active',
    factor: 'active',
    link: null,
    codes: { left: 10, state: 'enough' },
    lastUsedAt: at - 7200,
  }
  const waiting = { ...listed, codes: null, lastUsedAt: null }
  const users: Pages['users'] = {
    search: '',
    status: '',
    two_factor: '',
    group: '',
    role: '',
    backup_codes: '',
    previousHref: null,
    nextHref: null,
    total: { count: 11, isMore: false },
    now: at,
    said: null,
    fileHref: '/admin/users.csv',
    inviteHref: '/admin/invite',
    users: [
      {
        ...listed,
        name: text('Ada Admin'),
        roles: ['admin'],
        lastUsedAt: at - 30,
      },
      listed,
      {
        ...waiting,
        name: text('Ben Okafor'),
        factor: 'reset',
        link: { is: 'sent', until: at + 11_000 },
      },
      {
        ...waiting,
        name: text('Bo Berg'),
        factor: 'reset',
        link: { is: 'failed', until: at + 11_000 },
      },
      {
        ...listed,
        name: text('Carla Rossi'),
        codes: { left: 2, state: 'few' },
        lastUsedAt: at - 86_400 * 40,
      },
      {
        ...listed,
        name: text('Chloé Laurent'),
        factor: 'locked',
        codes: { left: 0, state: 'none' },
      },
      {
        ...waiting,
        name: text('Petra Pending'),
        status: 'pending',
        factor: 'none',
        link: { is: 'invitation', until: at + 70_000 },
      },
      {
        ...waiting,
        name: text('Paul Past'),
        status: 'pending',
        factor: 'none',
        link: { is: 'expired', until: null },
      },
      { ...waiting, name: text('Nora Neu'), factor: 'none' },
      {
        ...waiting,
        name: text('Bea Blocked'),
        factor: 'reset',
        link: { is: 'blocked', until: null },
      },
      {
        ...waiting,
        name: text('David Disabled'),
        status: 'disabled',
        factor: 'unavailable',
      },
    ],
  }
  const languages = [
    { value: '', text: 'English', is: false },
    { value: 'de', text: 'Deutsch', is: true },
  ]
  const given = { name: '', email: '', locale: '', roles: [], groups: [] }
  const invite: Pages['invite'] = {
    ...form,
    given,
    isAdmin: true,
    ownGroups: null,
    languages,
    faults: [],
    linkSeconds: 86_400,
    severalHref: '/admin/invite/several',
    said: null,
    cancelHref: '/admin/users',
  }
  const was = { name: text('Ana Silva'), email, locale: 'de', roles: [], groups: [text('Lisbon'), text('Sales')] }
  const edit: Pages['edit'] = {
    ...form,
    person: text('Ana Silva'),
    given: { ...was, roles: ['helpdesk'] },
    was,
    isAdmin: true,
    languages,
    faults: [],
    cancelHref: '/admin/users/ana',
  }

  const several: Pages['invite-several'] = {
    ...form,
    lines: '',
    isAdmin: true,
    ownGroups: null,
    languages: ['en', 'de'],
    faults: [],
    lineFaults: [],
    preview: null,
    report: null,
    cancelHref: '/admin/invite',
  }
  const plain = { roles: [], groups: [], language: 'English' }
  const preview: Pages['invite-several'] = {
    ...several,
    lines: `Ana Silva; ${email}`,
    preview: [
      {
        line: 1,
        name: text('Ana Silva'),
        email,
        language: 'Deutsch',
        roles: ['helpdesk'],
        groups: [text('Lisbon'), text('Sales')],
        is: 'ready',
      },
      { ...plain, line: 3, name: text('Ben Okafor'), email, is: 'exists' },
      { ...plain, line: 4, name: text('Dan'), email, is: 'outside' },
    ],
  }

  return {
    settings: { only: {} },
    users: {
      some: users,
      deleted: { ...users, said: 'deleted' },
      filtered: {
        ...users,
        group: text('Lisbon'),
        role: 'helpdesk',
        backup_codes: 'few',
      },
      middle: {
        ...users,
        total: { count: 1000, isMore: true },
        previousHref: '/admin/users?cursor=abc',
        nextHref: '/admin/users?cursor=def&back=abc',
      },
      empty: { ...users, total: null, users: [] },
      none: {
        ...users,
        total: null,
        search: text('ana'),
        two_factor: 'none',
        users: [],
      },
      end: { ...users, total: null, previousHref: '/admin/users', users: [] },
    },
    invite: {
      fresh: invite,
      another: { ...invite, said: { href: '/admin/users/ana', name: text('Ana Silva'), email } },
      helpdesk: { ...invite, isAdmin: false, ownGroups: [text('Lisbon'), text('Sales')] },
      'one language': { ...invite, languages: [] },
      taken: {
        ...invite,
        given: { ...given, email, name: text('Ana') },
        faults: [{ says: 'invite.error.taken', field: 'email' }],
      },
      several: {
        ...invite,
        faults: [
          { says: 'invite.error.email', field: 'email' },
          { says: 'invite.error.long-name', field: 'name' },
          { says: 'invite.error.groups', field: 'groups' },
        ],
      },
      code: {
        ...invite,
        given: { ...given, email, name: text('Ana'), roles: ['helpdesk'] },
        faults: [{ says: 'code.error.empty', field: 'code' }],
      },
    },
    'invite-several': {
      fresh: several,
      helpdesk: { ...several, isAdmin: false, ownGroups: [text('Lisbon')] },
      faults: {
        ...several,
        lines: `Ana Silva; ${email}`,
        faults: [{ says: 'invite.several.faults', field: 'lines' }],
        lineFaults: [
          { line: 1, text: `Ana Silva; ${email}`, says: 'invite.error.email' },
          { line: 3, text: text('Ben Okafor, ben@example.com, xx'), says: 'invite.several.language' },
        ],
      },
      preview,
      'preview without roles': {
        ...preview,
        preview: [{ ...plain, line: 1, name: text('Ben Okafor'), email, is: 'exists' }],
      },
      'preview and code': { ...preview, faults: [{ says: 'code.error.incorrect', field: 'code' }] },
      report: {
        ...several,
        report: [
          { line: 1, name: text('Ana Silva'), email, is: 'invited', href: '/admin/users/ana', until: null },
          { line: 2, name: text('Ben Okafor'), email, is: 'exists', href: null, until: null },
          { line: 4, name: text('Carla Rossi'), email, is: 'later', href: null, until: at },
          { line: 5, name: text('Dan'), email, is: 'outside', href: null, until: null },
          { line: 6, name: text('Eva'), email, is: 'failed', href: null, until: null },
        ],
      },
    },
    edit: {
      fresh: edit,
      helpdesk: { ...edit, isAdmin: false },
      taken: { ...edit, faults: [{ says: 'invite.error.taken', field: 'email' }] },
      name: { ...edit, faults: [{ says: 'invite.error.name', field: 'name' }] },
    },
  }
}
