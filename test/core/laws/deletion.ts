/** Laws of deleted accounts. */
import { isDeepStrictEqual } from 'node:util'
import { sealsOf } from '../../../src/core/keyRotation.ts'
import { isDeleted } from '../../../src/core/questions.ts'
import type { Law } from './answer.ts'

export const deletionLaws: Readonly<Record<string, Law>> = {
  'An account can be deleted in every state, once; nothing else deletes it': ({ account, after, command, decision }) =>
    command.is === 'delete-account'
      ? decision.is === (isDeleted(account) ? 'repeated' : 'done') && isDeleted(after)
      : isDeleted(after) === isDeleted(account),

  'A deleted account refuses every command and changes only by the outcomes of its effects': ({
    account,
    after,
    command,
    decision,
  }) => {
    if (!isDeleted(account) || command.is === 'delete-account') return true
    if (command.is !== 'record-effects')
      return decision.is === 'refused' && decision.refusal.is === 'account-deleted' && after === account
    const bare = ({ outbox: _, outboxCount: __, ...rest }: typeof account) => rest
    return isDeepStrictEqual(bare(after), bare(account))
  },

  'A deletion leaves no factor, backup code, link, reset, password, act or seal, and drops no audit line': ({
    account,
    after,
    done,
  }) => {
    if (done !== 'account-deleted') return true
    const { format, id, epoch, endedAt, factor, attempts, resets, links, acts, outbox, outboxCount, ...rest } = after
    return (
      format === account.format &&
      id === account.id &&
      epoch > account.epoch &&
      endedAt !== undefined &&
      factor.is === 'deleted' &&
      isDeepStrictEqual(attempts, { failures: 0, pausedUntil: null }) &&
      [...resets, ...links, ...acts, ...Object.keys(rest), ...sealsOf(after)].length === 0 &&
      outboxCount > account.outboxCount &&
      account.outbox.every((entry) => outbox.includes(entry) === (entry.is === 'audit'))
    )
  },

  'A deletion removes the person from the directory and what describes them from the audit; nothing else does': (
    answer,
  ) => {
    const effects = answer.effects.map(({ is }) => is)
    return ['remove-person', 'redact-audit'].every(
      (is) => effects.filter((effect) => effect === is).length === (answer.done === 'account-deleted' ? 1 : 0),
    )
  },
}
