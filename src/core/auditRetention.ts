/** How long audit lines are kept. */
import type { AuditType } from './effect.ts'

export interface KeepAudit {
  /** Lines are removed when they are older. Days, 30–36500; null: never. */
  readonly days: number | null
  /** The same for lines about refusals, which strangers can cause. Days, 7–36500, not longer than `days`; null: as `days`. */
  readonly refusalsDays: number | null
  /** Lines that no export has written to a file are kept however old they are. */
  readonly onlyExported: boolean
}

export const keepAuditRanges = { days: { least: 30, most: 36_500 }, refusalsDays: { least: 7, most: 36_500 } } as const

/** Default: only an operator can know how long evidence is needed, so that nothing is removed unless configured. */
export const keepAll: KeepAudit = { days: null, refusalsDays: null, onlyExported: false }

const DAY = 86_400

/** Exhaustive by type, so that a new refusal has this lifetime too. */
const refusals: { readonly [K in Extract<AuditType, `${string}refused`>]: true } = {
  'two_factor.reset.refused': true,
  'two_factor.code_refused': true,
  'two_factor.passkey_refused': true,
  'step_up.refused': true,
  'session.end.refused': true,
  'account.invitation_refused': true,
  'account.change_refused': true,
  'account.deletion_refused': true,
  'sign_in.refused': true,
  'password.refused': true,
  'link.refused': true,
  'refresh.refused': true,
}
export const refusalTypes: readonly string[] = Object.keys(refusals)

/** The last seconds that are removed; null: none. */
export interface Removals {
  readonly all: number | null
  readonly refusals: number | null
}

/**
 * Whole days, so that a day has one line about removals and not one for each round.
 * @param exportedTo the last second of which every line was exported; null: none
 */
export function removals(keep: KeepAudit, now: number, exportedTo: number | null): Removals {
  const today = Math.floor(now / DAY) * DAY
  const lastOf = (days: number | null): number | null => {
    if (days === null || (keep.onlyExported && exportedTo === null)) return null
    const last = today - days * DAY - 1
    return keep.onlyExported ? Math.min(last, exportedTo ?? last) : last
  }
  return { all: lastOf(keep.days), refusals: lastOf(keep.refusalsDays ?? keep.days) }
}
