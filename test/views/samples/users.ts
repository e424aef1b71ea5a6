/** The list of users in the console, and the forms that create and change one. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { at, EMAIL, form, type Samples, type Text } from './shared.ts'

export function usersSamples(text: Text): Pick<Samples, 'settings' | 'users' | 'invite' | 'edit'> {
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
  }
}
