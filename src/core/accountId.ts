/** Ids of accounts, which applications know as `sub` and which stand in addresses, files and keys. */
import { LONGEST_ID } from './rules.ts'

/**
 * Whether an id made elsewhere can be kept: printable ASCII, as other systems write it (`auth0|64f1c0`, `CN=Ana,OU=x`). A browser would
 * resolve `.` and `..` in an address.
 * @see OpenID Connect Core 1.0 §2 (`sub`: at most 255 ASCII characters)
 */
export const isAccountId = (text: string): boolean =>
  text.length <= LONGEST_ID && /^[!-~](?:[ -~]*[!-~])?$/.test(text) && text !== '.' && text !== '..'
