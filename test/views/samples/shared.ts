/** Values that the samples of several pages share. */
import type { Pages } from '../../../src/http/pages/render.ts'

export type Samples = { readonly [K in keyof Pages]: Readonly<Record<string, Pages[K]>> }

/** Maps every external string of a sample. */
export type Text = (plain: string) => string

export const at = 1_777_816_951
export const form = { action: '/sign-in/abc', formToken: 'one-time-token' }
export const EMAIL = 'ana.silva@example.com'
