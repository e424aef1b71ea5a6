/** Every number with its reason. A host may set those of `Rules`; the others are properties of the record. */
import type { Profile } from './account.ts'
import { isCount } from './count.ts'

export interface Rules extends Numbers {
  /** Proofs that a set-up after a reset requires: `standard`, the password or the mailed link; `strict`, both. Default `standard`. @see NIST SP 800-63B-4 §4.2.2.2 */
  readonly profile: Profile
  /** Roles whose resets are strict under any profile: `admin`, `helpdesk`, default both. Against one stolen proof of a person who may reset others. */
  readonly strictRoles: readonly string[]
  /** Passkeys of one account. Count, 1–10, default 5. */
  readonly maxPasskeys: number
  /** Roles whose acts on others need a passkey: `admin`, `helpdesk`, default none. Against codes that a person was talked into. */
  readonly passkeyRoles: readonly string[]
}

interface Numbers {
  /** Lifetime of a mailed link. Seconds, 900–86400, default 28800 (a working day). @see NIST SP 800-63B-4 §4.2.1.2 (at most 24 h) */
  readonly linkLifetimeSeconds: number
  /** How long after a reset a sign-in with the password leads to the set-up. Seconds, 3600–31536000, default 2592000 (30 days). */
  readonly signInLifetimeSeconds: number
  /** Lifetime of an invitation. Seconds, 3600–604800, default 86400 (24 hours). @see NIST SP 800-63A-4 §3.8 (a code to an email address, at most 24 h) */
  readonly invitationLifetimeSeconds: number
  /** Lifetime of a link to a new password. Seconds, 900–86400, default 3600: its requester waits for the email. */
  readonly passwordLinkLifetimeSeconds: number
  /** Wrong codes in a row without a pause. Count, 3–100, below `lockAfter`, default 5. @see NIST SP 800-63B-4 §3.2.2 */
  readonly freeAttempts: number
  /** The first pause; each further wrong code doubles it. Seconds, 1–3600, not above `longestPauseSeconds`, default 30. */
  readonly firstPauseSeconds: number
  /** The longest pause. Seconds, 1–86400, default 3600. */
  readonly longestPauseSeconds: number
  /** Wrong codes in a row after which only a reset helps. Count, 4–100, default 100. @see NIST SP 800-63B-4 §3.2.2 (no more than 100) */
  readonly lockAfter: number
  /** Wrong passwords for one email from one network without a pause; the count is cleared a day after the first. Count, 3–100, default 5. */
  readonly passwordFreeAttempts: number
  /** The first pause after them; each further wrong password doubles it. Seconds, 1–3600, not above the longest, default 30. */
  readonly passwordFirstPauseSeconds: number
  /** The longest of these pauses. Seconds, 1–86400, default 3600. */
  readonly passwordLongestPauseSeconds: number
  /** Wrong passwords for one email within an hour, from all networks and unknown browsers; null: no limit. Count, 5–1000, default 30. Against many networks. */
  readonly passwordsPerAccount: number | null
  /** Wrong passwords from one network within an hour, in unknown browsers; null: no limit. Count, 5–100000, default 100. Against one password for many people. */
  readonly passwordsPerNetwork: number | null
  /** Requests for a password link from one network within an hour; null: no limit. Count, 1–10000, default 20. Against one form for many addresses. */
  readonly passwordLinksPerNetwork: number | null
  /** The same from one browser; null: no limit. Count, 1–1000, default 5. */
  readonly passwordLinksPerBrowser: number | null
  /** Emails one person may cause by invitations and resends within an hour; null: no limit. Count, 1–10000, default 50. Against a stolen token. */
  readonly mailsPerHour: number | null
  /** Links of one purpose (resends included) to one account within an hour; null: no limit. Count, 1–8, default 5. Against mail bombing. */
  readonly linksPerHour: number | null
  /** Acts one person may do on others within an hour; null: no limit. Count, 1–20, default 20. Against a captured helpdesk account. */
  readonly actsPerHour: number | null
  /** Longest age of a sign-in's proof that still allows an act on others. Seconds, 1–900, default 60. @see RFC 9470 */
  readonly stepUpMaxAgeSeconds: number
  /** Shortest age of an authenticator that may act on others. Seconds, 0–2592000, default 0. Against a captured account. */
  readonly stepUpMinFactorAgeSeconds: number
}

export const defaultRules: Rules = {
  linkLifetimeSeconds: 28_800,
  signInLifetimeSeconds: 2_592_000,
  invitationLifetimeSeconds: 86_400,
  passwordLinkLifetimeSeconds: 3600,
  freeAttempts: 5,
  firstPauseSeconds: 30,
  longestPauseSeconds: 3600,
  lockAfter: 100,
  passwordFreeAttempts: 5,
  passwordFirstPauseSeconds: 30,
  passwordLongestPauseSeconds: 3600,
  passwordsPerAccount: 30,
  passwordsPerNetwork: 100,
  passwordLinksPerNetwork: 20,
  passwordLinksPerBrowser: 5,
  mailsPerHour: 50,
  linksPerHour: 5,
  actsPerHour: 20,
  stepUpMaxAgeSeconds: 60,
  stepUpMinFactorAgeSeconds: 0,
  maxPasskeys: 5,
  profile: 'standard',
  strictRoles: ['admin', 'helpdesk'],
  passkeyRoles: [],
}

interface Range {
  readonly unit: string
  readonly least: number
  readonly most: number
  /** null is valid too: no limit. */
  readonly orNone?: true
}

/** Allowed values, checked when a host sets them. */
export const ruleRanges: { readonly [K in keyof Numbers]: Range } = {
  linkLifetimeSeconds: { unit: 'seconds', least: 900, most: 86_400 },
  signInLifetimeSeconds: { unit: 'seconds', least: 3600, most: 31_536_000 },
  invitationLifetimeSeconds: { unit: 'seconds', least: 3600, most: 604_800 },
  passwordLinkLifetimeSeconds: { unit: 'seconds', least: 900, most: 86_400 },
  freeAttempts: { unit: 'attempts', least: 3, most: 100 },
  firstPauseSeconds: { unit: 'seconds', least: 1, most: 3600 },
  longestPauseSeconds: { unit: 'seconds', least: 1, most: 86_400 },
  lockAfter: { unit: 'attempts', least: 4, most: 100 },
  passwordFreeAttempts: { unit: 'attempts', least: 3, most: 100 },
  passwordFirstPauseSeconds: { unit: 'seconds', least: 1, most: 3600 },
  passwordLongestPauseSeconds: { unit: 'seconds', least: 1, most: 86_400 },
  passwordsPerAccount: { unit: 'attempts', least: 5, most: 1000, orNone: true },
  passwordsPerNetwork: { unit: 'attempts', least: 5, most: 100_000, orNone: true },
  passwordLinksPerNetwork: { unit: 'links', least: 1, most: 10_000, orNone: true },
  passwordLinksPerBrowser: { unit: 'links', least: 1, most: 1000, orNone: true },
  mailsPerHour: { unit: 'emails', least: 1, most: 10_000, orNone: true },
  linksPerHour: { unit: 'links', least: 1, most: 8, orNone: true },
  actsPerHour: { unit: 'acts', least: 1, most: 20, orNone: true },
  stepUpMaxAgeSeconds: { unit: 'seconds', least: 1, most: 900 },
  stepUpMinFactorAgeSeconds: { unit: 'seconds', least: 0, most: 2_592_000 },
}

const isGood: { readonly [K in Exclude<keyof Rules, keyof Numbers>]: (value: unknown) => boolean } = {
  profile: (value) => value === 'standard' || value === 'strict',
  strictRoles: areRoles,
  passkeyRoles: areRoles,
  maxPasskeys: (value) => isCount(value) && value >= 1 && value <= 10,
}
const listOfRoles = 'a list of admin and helpdesk'
const wanted = {
  profile: 'standard or strict',
  strictRoles: listOfRoles,
  passkeyRoles: listOfRoles,
  maxPasskeys: 'a whole number from 1 to 10',
} as const

function areRoles(value: unknown): boolean {
  return Array.isArray(value) && value.every((role) => role === 'admin' || role === 'helpdesk')
}

/** Faults of a host's rules, by name. The input is untrusted. */
export function ruleFaults(rules: Readonly<Record<keyof Rules, unknown>>): string[] {
  const faults = Object.keys(rules).flatMap((name) => faultOf(name, rules[name as keyof Rules]))
  if (faults.length > 0) return faults
  const { freeAttempts, lockAfter, firstPauseSeconds, longestPauseSeconds } = rules as Rules
  const { passwordFirstPauseSeconds: first, passwordLongestPauseSeconds: longest } = rules as Rules
  return [
    ...(freeAttempts < lockAfter ? [] : [`freeAttempts: must be less than lockAfter, is ${freeAttempts}`]),
    ...(firstPauseSeconds <= longestPauseSeconds
      ? []
      : [`firstPauseSeconds: must not be longer than longestPauseSeconds, is ${firstPauseSeconds}`]),
    ...(first <= longest
      ? []
      : [`passwordFirstPauseSeconds: must not be longer than passwordLongestPauseSeconds, is ${first}`]),
  ]
}

function faultOf(name: string, value: unknown): string[] {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value)
  if (isWord(name)) return isGood[name](value) ? [] : [`${name}: must be ${wanted[name]}, is ${shown}`]
  const range = Object.hasOwn(ruleRanges, name) ? ruleRanges[name as keyof Numbers] : null
  if (!range) return [`${name}: is no rule, those are ${Object.keys(defaultRules).join(', ')}`]
  const { unit, least, most, orNone = false } = range
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
  if (fits || (orNone && value === null)) return []
  const none = orNone ? ', or null for no limit' : ''
  return [`${name}: must be a whole number of ${unit} from ${least} to ${most}${none}, is ${shown}`]
}

const isWord = (name: string): name is keyof typeof isGood => Object.hasOwn(isGood, name)

/** Longest id of an account. Characters; a longer one is of no account. */
export const LONGEST_ID = 255
/** Resets that a record keeps. With the caps below, it stays under 28 KB beside its passkeys, even if all are reached and every reason has 500 characters. */
export const KEPT_RESETS = 10
/** Links of one purpose that a record keeps, so that the page of a recent link can name its state. */
export const KEPT_LINKS = 8
/** Acts that a record keeps: enough to count an hour's and to recognise a retry. */
export const KEPT_ACTS = 20
/** How long a change or an invitation may be retried with its idempotency key. Seconds: a call that was recorded must not be replayed later. */
export const RETRY_SECONDS = 60
/** Most outbox entries of a record; one more is refused with nothing changed. */
export const OUTBOX_LIMIT = 32
/** Clients that the receipts of a record name together, the newest reset's first; all clients are logged out anyway. */
export const KEPT_CLIENTS = 20

/** Stored passkeys of one record together. Bytes: few devices make long ids. */
export const PASSKEYS_BYTES = 8192
/** How long a proof allows a change of one's own passkeys. Seconds. */
export const OWN_CHANGE_SECONDS = 300

/** Lifetime of a pending secret, from Continue on a link or from the password. */
export const PENDING_SECONDS = 1800
/** Longest time for which a person can extend a pending set-up. Seconds: 8 hours. @see WCAG 2.2, 2.2.1 */
export const PENDING_LONGEST_SECONDS = 28_800
/** How long the browser of a set-up can show the plain backup codes again. */
export const CODES_SHOWN_SECONDS = 900

/** How long an expired invitation can be exchanged for its successor. Seconds: 30 days. Older emails stay useless in a mailbox of another owner. */
export const INVITATION_RENEWAL_SECONDS = 2_592_000

/**
 * How long after a set-up by a mailed link no password link is sent. Seconds: a day, in which the owner notices the missing email.
 * @see NIST SP 800-63B-4 §4.2.2.2 (two codes by two ways, or one and an authenticator)
 */
export const MAILBOX_REST_SECONDS = 86_400

/** How long a password set by a mailed link is no second proof beside a reset link. Seconds: a day. */
export const PASSWORD_BY_EMAIL_SECONDS = 86_400

/** The count of wrong codes in a row that causes a notice; at the lock, if that is sooner. @see OWASP ASVS 5.0 6.3.5 */
export const WARNED_FAILURES = 5

/** How long an actor who starts a reset is warned that a mailed link set the password. Seconds: a week. */
export const SUSPECT_SECONDS = 604_800

/** How long an opened password link is not replaced by another request. Seconds: a quarter of an hour. */
export const OPENED_KEPT_SECONDS = 900

export const HOUR = 3600
/** Notes of one person within an hour. Count: more than a helpdesk writes. Against a captured account that fills the audit log. */
export const NOTES_PER_HOUR = 60
/** Links of an hour's limit that are reserved for administrators. Count. */
export const RESERVED_LINKS = 2
/** How far the epoch after a restore is ahead of the clock: above every rise after the backup. Seconds. */
export const RESTORED_EPOCH_DISTANCE = 60
/** How far the epoch after a lost record is ahead of the clock: above every rise of the seconds before. Seconds. */
export const LOST_EPOCH_DISTANCE = 60
