/** Laws of a restore of the store from a backup. */
import { decide } from '../../../src/core/decide.ts'
import type { Law } from './answer.ts'

export const restoreLaws: Readonly<Record<string, Law>> = {
  'A restore ends everything proven before and every link, once, and is refused only in a lost or deleted record': ({
    account,
    after,
    command,
    decision,
    now,
    rules,
  }) => {
    if (command.is !== 'restore')
      return after.restored === account.restored || account.factor.is === 'deleted' || after.factor.is === 'deleted'
    if (account.factor.is === 'lost' || account.factor.is === 'deleted') return decision.is === 'refused'
    if (decision.is === 'repeated') return account.restored === command.id
    return (
      decision.is === 'done' &&
      after.epoch >= now + 60 &&
      after.links.every(({ state }) => state.is !== 'live') &&
      decide(after, command, now, rules).is === 'repeated'
    )
  },

  'A restore that ends the factor leaves one that only a new reset leads out of, and is never more lenient': ({
    account,
    after,
    command,
    done,
  }) =>
    command.is !== 'restore' ||
    done !== 'restored' ||
    (command.factor
      ? after.factor.is === 'reset' && after.factor.frozen
      : after.factor === account.factor || (command.codes && account.factor.is === 'active')),

  'A restore that ends backup codes leaves none that works, and the next sign-in shows others': ({
    after,
    command,
    done,
    now,
    rules,
  }) =>
    command.is !== 'restore' ||
    !command.codes ||
    done !== 'restored' ||
    after.factor.is !== 'active' ||
    (after.factor.backupCodes.savedAt === null &&
      Array.from({ length: 10 }, (_, index) => index).every((index) => {
        const use = { is: 'use-backup-code', epoch: after.epoch, index, form: 'other', knownBrowser: true } as const
        const by = { actor: null, requestId: null, address: null }
        return decide(after, { ...use, by }, now + 1_000_000, rules).is === 'refused'
      })),
}
