/** Pages of a person's own authenticators. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { at, form, newPasskeyForm, type Samples, type Text } from './shared.ts'

type Item = Pages['account']['authenticators'][number]

const ordinary = { isSynced: false, isSuspect: false, elsewhere: null } as const

/** One of each kind and state. */
export const ownAuthenticators = (text: Text): Item[] => [
  { id: 'app', kind: 'totp', name: null, addedAt: at, lastUsedAt: null, ...ordinary },
  {
    id: 'phone',
    kind: 'passkey',
    name: text('Safari on iPhone'),
    addedAt: at,
    lastUsedAt: at,
    ...ordinary,
    isSynced: true,
  },
  {
    id: 'key',
    kind: 'passkey',
    name: text('Security key'),
    addedAt: at,
    lastUsedAt: null,
    ...ordinary,
    isSuspect: true,
  },
  {
    id: 'old',
    kind: 'passkey',
    name: text('Edge on Windows'),
    addedAt: at,
    lastUsedAt: at,
    ...ordinary,
    elsewhere: text('id.old.example'),
  },
]

export function authenticatorsSamples(text: Text): Pick<Samples, 'authenticators' | 'remove-authenticator'> {
  const listed = ownAuthenticators(text).map((item) => ({
    ...item,
    rename: item.kind === 'passkey' ? form : null,
    removeHref: `/sign-in/abc/authenticators/${item.id}/remove`,
  }))
  const several: Pages['authenticators'] = {
    ...form,
    list: listed,
    passkey: newPasskeyForm,
    naming: null,
    done: form,
    said: null,
  }
  const first = listed.slice(0, 1).map((item) => ({ ...item, removeHref: null }))
  return {
    authenticators: {
      several,
      alone: { ...several, list: first },
      'without an offer': { ...several, passkey: null },
      added: { ...several, said: 'added' },
      removed: { ...several, said: 'removed' },
      renamed: { ...several, said: 'renamed' },
      misnamed: { ...several, naming: { id: 'phone', name: text('a'.repeat(41)), isRefused: true } },
      'too many': { ...several, passkey: { ...newPasskeyForm, error: 'too-many' } },
    },
    'remove-authenticator': {
      passkey: { ...form, name: text('Security key'), cancelHref: '/sign-in/abc/authenticators' },
      app: { ...form, name: null, cancelHref: '/sign-in/abc/authenticators' },
    },
  }
}
