/** Every number with a reason. A host may set those of `Rules`; the rest are properties of the record. */
import type { Profile } from './account.ts'

export interface Rules extends Numbers {
  /** What a set-up after a reset takes: `standard`, the password or the mailed link; `strict`, both. Default `standard`. @see NIST SP 800-63B-4 §4.2.2.2 */
  readonly profile: Profile
  /** Roles whose resets are strict whatever the profile. `admin`, `helpdesk`, default both. Against one stolen proof of who may reset others. */
  readonly strictRoles: readonly string[]
}

interface Numbers {
  /** Life of a mailed link. Seconds, 900–86400, default 28800 (a working day). @see NIST SP 800-63B-4 §4.2.1.2 (at most 24 h) */
  readonly linkLifetimeSeconds: number
  /** How long after a reset the password alone still leads to the set-up. Seconds, 3600–31536000, default 2592000 (30 days). */
  readonly signInLifetimeSeconds: number
  /** Wrong codes in a row that cost no pause. Count, 3–100, below `lockAfter`, default 5. @see NIST SP 800-63B-4 §3.2.2 */
  readonly freeAttempts: number
  /** The first pause; each further wrong code doubles it. Seconds, 1–3600, not above `longestPauseSeconds`, default 30. */
  readonly firstPauseSeconds: number
  /** The longest pause. Seconds, 1–86400, default 3600. */
  readonly longestPauseSeconds: number
  /** Wrong codes in a row after which only a reset helps. Count, 4–100, default 100. @see NIST SP 800-63B-4 §3.2.2 (no more than 100) */
  readonly lockAfter: number
  /** Wrong passwords for one email from one network that cost no pause; they are forgotten a day after the first. Count, 3–100, default 5. */
  readonly passwordFreeAttempts: number
  /** The first pause after them; each further wrong password doubles it. Seconds, 1–3600, not above the longest, default 30. */
  readonly passwordFirstPauseSeconds: number
  /** The longest of these pauses. Seconds, 1–86400, default 3600. */
  readonly passwordLongestPauseSeconds: number
  /** Wrong passwords for one email within an hour, from all networks and unknown browsers; null: no limit. Count, 5–1000, default 30. Against many networks. */
  readonly passwordsPerAccount: number | null
  /** Wrong passwords from one network within an hour, in unknown browsers; null: no limit. Count, 5–100000, default 100. Against one password for many people. */
  readonly passwordsPerNetwork: number | null
  /** Askings for a password link from one network within an hour; null: no limit. Count, 1–10000, default 20. Against one form for many addresses. */
  readonly passwordLinksPerNetwork: number | null
  /** The same from one browser; null: no limit. Count, 1–1000, default 5. */
  readonly passwordLinksPerBrowser: number | null
  /** Letters one person may cause by inviting and sending again within an hour; null: no limit. Count, 1–10000, default 50. Against a token gone bad. */
  readonly mailsPerHour: number | null
  /** Links of one purpose (first ones and resent ones) to one account within an hour; null: no limit. Count, 1–8, default 5. Against mail bombing. */
  readonly linksPerHour: number | null
  /** Acts one person may do with their own code within an hour; null: no limit. Count, 1–20, default 20. Against a helpdesk account gone bad. */
  readonly actsPerHour: number | null
  /** How old the proof of a sign-in may be to act on others without another code. Seconds, 1–900, default 60. @see RFC 9470 */
  readonly stepUpMaxAgeSeconds: number
  /** How long an authenticator must have been set up before it acts on others. Seconds, 0–2592000, default 0. Against a captured account. */
  readonly stepUpMinFactorAgeSeconds: number
}

export const defaultRules: Rules = {
  linkLifetimeSeconds: 28_800,
  signInLifetimeSeconds: 2_592_000,
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
  profile: 'standard',
  strictRoles: ['admin', 'helpdesk'],
}

interface Range {
  readonly unit: string
  readonly least: number
  readonly most: number
  /** null is good too: no limit. */
  readonly orNone?: true
}

/** What each may be, for whoever reads them from outside: a cap beyond its range would be none. */
export const ruleRanges: { readonly [K in keyof Numbers]: Range } = {
  linkLifetimeSeconds: { unit: 'seconds', least: 900, most: 86_400 },
  signInLifetimeSeconds: { unit: 'seconds', least: 3600, most: 31_536_000 },
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

/** Those that are words. */
const isGood: { readonly [K in Exclude<keyof Rules, keyof Numbers>]: (value: unknown) => boolean } = {
  profile: (value) => value === 'standard' || value === 'strict',
  strictRoles: (value) => Array.isArray(value) && value.every((role) => role === 'admin' || role === 'helpdesk'),
}
const wanted = { profile: 'standard or strict', strictRoles: 'a list of admin and helpdesk' } as const

/** What is wrong with them, by name; nothing else is known of what a host gives. */
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

/** Resets a record remembers. With the caps below it stays under 28 KB, all of them reached and every reason 500 letters long. */
export const KEPT_RESETS = 10
/** Links of one purpose whose fate a record remembers: enough to tell each bearer of a recent letter the truth. */
export const KEPT_LINKS = 8
/** Acts a record remembers: enough to count an hour's and to recognise a retry. */
export const KEPT_ACTS = 20
/** Things a record may owe at once; one more is refused with nothing changed. */
export const OUTBOX_LIMIT = 32
/** Clients that the receipts of a record name together, the newest reset's first; all are logged out all the same. */
export const KEPT_CLIENTS = 20

/** From Continue on a link, or from the password, until the secret shown there is forgotten. */
export const PENDING_SECONDS = 1800
/** How long somebody slow may keep a set-up open by saying again and again that they are there. Seconds: 8 hours. @see WCAG 2.2, 2.2.1 */
export const PENDING_LONGEST_SECONDS = 28_800
/** How long the plain backup codes are shown again to whoever set them up. */
export const CODES_SHOWN_SECONDS = 900

/** Life of an invitation's link. Seconds: 24 hours. @see NIST SP 800-63A-4 §3.8 (a code to an email address, at most 24 h) */
export const INVITATION_SECONDS = 86_400

/** Life of a link to another password. Seconds: an hour, since whoever asks for one sits before their mailbox. */
export const PASSWORD_LINK_SECONDS = 3600
/**
 * How long after a set-up by a mailed link no link to another password is mailed. Seconds: a day, in which whoever waited for the first
 * letter misses it. @see NIST SP 800-63B-4 §4.2.2.2 (two codes by two ways, or one and an authenticator)
 */
export const MAILBOX_REST_SECONDS = 86_400

/** How long a password that a mailed link has set is no second proof beside the link of a reset. Seconds: a day. */
export const PASSWORD_BY_EMAIL_SECONDS = 86_400

/** The wrong code in a row that a letter tells of, in whatever browser; sooner where sooner is the last. Count. @see OWASP ASVS 5.0 6.3.5 */
export const WARNED_FAILURES = 5

/** How long whoever resets is told that the password came by a mailed link. Seconds: a week. */
export const SUSPECT_SECONDS = 604_800

/** How long whoever opened a link to another password keeps it, though somebody asks for another. Seconds: a quarter of an hour. */
export const OPENED_KEPT_SECONDS = 900

export const HOUR = 3600
/** Of the links of an hour, those that only an administrator has sent, as long as there are more than these. Count. */
export const RESERVED_LINKS = 2
/** How far the epoch after a lost record stands ahead of the clock: above every rise that somebody made in the seconds before. Seconds. */
export const LOST_EPOCH_DISTANCE = 60
