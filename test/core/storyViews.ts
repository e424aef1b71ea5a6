/** Parts of a record that several tests compare. */
import type { Active, Reset } from '../../src/core/account.ts'
import { resetStatus } from '../../src/core/questions.ts'
import type { Story } from './accountFixture.ts'

export function newestResetOf({ account }: Story): Reset {
  const [reset] = account.resets
  if (!reset) throw new Error('no reset')
  return reset
}

export const resetStatusOf = (story: Story): string => resetStatus(newestResetOf(story), story.now)

export const linkStatesOf = ({ account }: Story): string[] =>
  account.links.map(({ digest, state }) => `${digest}: ${state.is}`)

/** The sealed links of the reset emails in the outbox. */
export const resetEmailsOf = ({ account }: Story): string[] =>
  account.outbox.flatMap((entry) => (entry.is === 'reset-mail' ? [entry.sealedLink] : []))

export function activeFactorOf({ account }: Story): Active {
  if (account.factor.is !== 'active') throw new Error('not active')
  return account.factor
}
