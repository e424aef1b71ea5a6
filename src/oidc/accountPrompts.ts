/**
 * Requests to change one's own account, by `prompt`: in an interaction, because a change may end the session it began on. Only a
 * first-party client may send one.
 */
import type { InteractionResults } from 'oidc-provider'

export const accountPrompts = ['change_password', 'replace_authenticator', 'new_backup_codes'] as const
export type AccountPrompt = (typeof accountPrompts)[number]
export const isAccountPrompt = (prompt: string): prompt is AccountPrompt => accountPrompts.some((own) => own === prompt)

export const accountPromptsOf = ({ prompt }: Readonly<Record<string, unknown>>): AccountPrompt[] =>
  typeof prompt === 'string' ? prompt.split(' ').filter(isAccountPrompt) : []

/** Those that an interaction before this one, for the same request, has fulfilled. */
export const fulfilledBy = (submission: InteractionResults | undefined): AccountPrompt[] =>
  Object.keys(submission ?? {}).filter(isAccountPrompt)
