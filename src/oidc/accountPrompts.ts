/** Requests of first-party clients to change one's own account, by `prompt`: a change may end the session, not its interaction. */
import type { InteractionResults } from 'oidc-provider'

export const accountPrompts = [
  'change_password',
  'replace_authenticator',
  'new_backup_codes',
  'manage_authenticators',
] as const
export type AccountPrompt = (typeof accountPrompts)[number]
export const isAccountPrompt = (prompt: string): prompt is AccountPrompt =>
  accountPrompts.some((name) => name === prompt)

export const accountPromptsOf = ({ prompt }: Readonly<Record<string, unknown>>): AccountPrompt[] =>
  typeof prompt === 'string' ? prompt.split(' ').filter(isAccountPrompt) : []

/** Account prompts that an earlier interaction of the same request has fulfilled. */
export const fulfilledBy = (submission: InteractionResults | undefined): AccountPrompt[] =>
  Object.keys(submission ?? {}).filter(isAccountPrompt)
