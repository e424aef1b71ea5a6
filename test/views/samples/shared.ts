/** Values that the samples of several pages share. */
import { creationOptions, requestOptions, type Ceremony } from '../../../src/crypto/ceremony.ts'
import type { PasskeyForm } from '../../../src/http/pages/pageMetadata.ts'
import type { Pages } from '../../../src/http/pages/render.ts'

export type Samples = { readonly [K in keyof Pages]: Readonly<Record<string, Pages[K]>> }

/** Maps every external string of a sample. */
export type Text = (plain: string) => string

export const at = 1_777_816_951
export const form = { action: '/sign-in/abc', formToken: 'one-time-token' }
const ceremony: Ceremony = {
  purpose: 'sign-in',
  rpId: 'localhost',
  accountId: 'ana',
  epoch: at,
  number: 0,
  nonce: 'nonce',
  until: at + 600,
  act: null,
}
export const passkeyForm: PasskeyForm = {
  creation: null,
  request: JSON.stringify(requestOptions(ceremony, [])),
  accepted: null,
  ceremony: 'sealed-ceremony',
  error: null,
}
const user = { handle: 'aGFuZGxl', email: 'ana.silva@example.com', name: 'Ana Silva' }
export const newPasskeyForm: PasskeyForm = {
  ...passkeyForm,
  creation: JSON.stringify(creationOptions({ ...ceremony, purpose: 'create' }, { rpName: 'Acme ID', user, known: [] })),
}
export const EMAIL = 'ana.silva@example.com'
