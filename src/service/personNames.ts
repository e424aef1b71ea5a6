/** Names beside the shown one, as requests write them and as a directory has them. */
import { z } from 'zod'
import type { Person } from '../ports.ts'

const name = z
  .string()
  .normalize('NFC')
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'must be one line')
  .nullable()

/** null: none. */
export const nameFields = { given_name: name, family_name: name, preferred_username: name }
type Requested = { readonly [K in keyof typeof nameFields]?: string | null | undefined }
type Names = Pick<Person, 'givenName' | 'familyName' | 'preferredUsername'>

/** What is not named stays absent. */
export function withNames<T extends Requested>({ given_name, family_name, preferred_username, ...rest }: T) {
  const given: Names = { givenName: given_name, familyName: family_name, preferredUsername: preferred_username }
  const named = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...rest, ...(Object.fromEntries(named) as Names) }
}
