/**
 * The only judge of an email address. The canonical form is stored, compared and shown: NFC, lower case, a readable domain (UTS 46). What
 * has a canonical form can be mailed to: a dot-string and a host name (RFC 5321 §4.1.2, RFC 6531 §3.3). Scripts are never merged.
 */
import { domainToASCII, domainToUnicode } from 'node:url'

/** RFC 5321 §4.5.3.1, the path without its brackets. Bytes. */
const LONGEST = 254
const LONGEST_LOCAL_PART = 64

/** No address: `not-an-address`; a character that is not seen: its number. */
type Judgement =
  | { readonly is: 'email'; readonly email: string }
  | { readonly is: 'not-an-address' }
  | { readonly is: 'too-long' }
  | { readonly is: 'invisible'; readonly character: string }

const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
/** In some scripts a joiner makes another domain name (RFC 5892, appendix A): UTS 46 decides where. */
const invisibleButJoiners = /(?![\u200C\u200D])[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** After lower case. */
const dotString = /^[\w!#$%&'*+/=?^`{|}~\p{L}\p{M}\p{N}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\p{L}\p{M}\p{N}-]+)*$/u
const hostName = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*(?!\d+$)[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/
/** What is its own canonical form, as nearly every address is: UTS 46 and IPv4 notations change neither. After `xn--` it may. */
const ordinaryLocal = /^[a-z\d_!#$%&'*+/=?^`{|}~-]+(?:\.[a-z\d_!#$%&'*+/=?^`{|}~-]+)*$/
const ordinaryHost = /^(?:(?!xn--)[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*(?!xn--)[a-z](?:[a-z\d-]{0,61}[a-z\d])?$/
/** `domainToASCII` reads a URL: it would cut a path off and decode percent signs. */
const ofUrl = /[^a-zA-Z\d.\-\u0080-\u{10FFFF}]/u

/** The canonical form of what a person typed or pasted: invisible characters are dropped. null: not an address. */
export function typedEmail(given: string): string | null {
  const judged = judge(given, 'dropped')
  return judged.is === 'email' ? judged.email : null
}

/** The canonical form of what a file, a program or a command brought. null: not an address, see `emailFault`. */
export function givenEmail(given: string): string | null {
  const judged = judge(given, 'a fault')
  return judged.is === 'email' ? judged.email : null
}

/** What is wrong with an address that a file, a program or a command brought; null: nothing. */
export function emailFault(given: string): string | null {
  const judged = judge(given, 'a fault')
  if (judged.is === 'email') return null
  if (judged.is === 'too-long')
    return `must have at most ${LONGEST_LOCAL_PART} bytes before the @ and ${LONGEST} in all`
  return judged.is === 'invisible' ? `contains an invisible character, ${judged.character}` : 'must be an email address'
}

/** Whether two spellings are one address. What is no address is compared without case. */
export const sameEmail = (first: string, other: string): boolean => emailKey(first) === emailKey(other)

/** One key for all spellings of an address; for other text, the text without case. */
export const emailKey = (given: string): string => typedEmail(given) ?? canonicalText(folded(given).trim())

/** For mail and for programs: an address that can be ASCII is (RFC 5322, addr-spec). One that cannot stays as it is. */
export function asciiEmail(email: string): string {
  const { local, domain } = split(email)
  const ascii = /^[\x21-\x7E]+$/.test(local) ? asciiDomain(domain) : null
  return ascii === null ? email : `${local}@${ascii}`
}

/** The spellings under which a directory of a host may keep what was typed: the canonical one first. */
export function spellings(typed: string): readonly string[] {
  const email = typedEmail(typed) ?? typed
  return [...new Set([email, asciiEmail(email)])]
}

/** What a search looks for: the canonical form of a whole address; else the text without what is not seen. */
export function searchText(given: string): string {
  const typed = folded(given).replace(invisibleButJoiners, '').trim()
  return typed.includes('@') ? (typedEmail(typed) ?? typed) : typed
}

function judge(given: string, invisibles: 'dropped' | 'a fault'): Judgement {
  const parts = split(given)
  if (ordinaryLocal.test(parts.local) && ordinaryHost.test(parts.domain)) return sized(parts.local, parts.domain)
  const { local, domain } = split(folded(given))
  const joined = asciiDomain(domain.replace(invisibleButJoiners, '').trimEnd())
  const [hidden] = local.match(invisible) ?? domain.match(joined === null ? invisible : invisibleButJoiners) ?? []
  if (hidden !== undefined && invisibles === 'a fault') return { is: 'invisible', character: numberOf(hidden) }
  const shown = canonicalText(local.replace(invisible, '').trimStart())
  const ascii = joined ?? asciiDomain(domain.replace(invisible, '').trimEnd())
  if (ascii === null || !dotString.test(shown)) return { is: 'not-an-address' }
  return sized(shown, ascii)
}

function sized(local: string, domain: string): Judgement {
  const size = Buffer.byteLength(local)
  if (size > LONGEST_LOCAL_PART || size + 1 + domain.length > LONGEST) return { is: 'too-long' }
  return { is: 'email', email: `${local}@${ordinaryHost.test(domain) ? domain : domainToUnicode(domain)}` }
}

/** null: no host name. An IP address is none either, in whatever notation. */
function asciiDomain(domain: string): string | null {
  if (ordinaryHost.test(domain)) return domain
  const ascii = domain === '' || ofUrl.test(domain) ? '' : domainToASCII(domain)
  // A label that cannot be decoded keeps its prefix.
  return hostName.test(ascii) && !/(?:^|\.)xn--/.test(domainToUnicode(ascii)) ? ascii : null
}

/** Full-width forms, as input methods for Chinese and Japanese write them. */
const folded = (given: string): string =>
  given.replace(/[\uFF01-\uFF5E]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))

const canonicalText = (text: string): string => text.normalize('NFC').toLowerCase().normalize('NFC')

function split(address: string): { readonly local: string; readonly domain: string } {
  const at = address.lastIndexOf('@')
  return at < 0 ? { local: address, domain: '' } : { local: address.slice(0, at), domain: address.slice(at + 1) }
}

const numberOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
