/** The list of users in the console, and the forms that create and change one. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { EMAIL, form, type Samples, type Text } from './shared.ts'

export function usersSamples(text: Text): Pick<Samples, 'settings' | 'users' | 'invite' | 'edit'> {
  const email = text(EMAIL)
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
      filtered: { ...users, group: text('Lisbon'), role: 'helpdesk', backup_codes: 'few' },
      empty: { ...users, users: [], nextHref: null },
      none: { ...users, search: text('ana'), two_factor: 'none', users: [], nextHref: null },
      end: { ...users, firstHref: '/admin/users', users: [], nextHref: null },
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
