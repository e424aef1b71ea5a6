/** The record of an account that has none. */
import { type Account, FORMAT } from './account.ts'

export const newAccount = (id: string, now: number): Account => ({
  format: FORMAT,
  id,
  epoch: 0,
  endedAt: 0,
  factor: { is: 'none' },
  attempts: { failures: 0, pausedUntil: null },
  resets: [],
  links: [],
  acts: [],
  outbox: [],
  // A record that is created a second time starts at the same epoch, and the ids of its effects must be new.
  outboxCount: now,
})

/** Represents a damaged record. */
export const lostAccount = (id: string): Account => ({ ...newAccount(id, 0), factor: { is: 'lost' } })

/** Represents a record that is absent, or that has no factor although the directory knows of one. */
export const missingAccount = (id: string, now: number, epoch = 0): Account => ({
  ...newAccount(id, now),
  epoch,
  factor: { is: 'lost', missing: true },
})
