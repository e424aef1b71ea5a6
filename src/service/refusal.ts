/** Refusals of the services. They have no status and no page: the API and the console map them by tables of their own. */
import type { z } from 'zod'
import type { Refusal } from '../core/refusal.ts'
import { RETRY_SECONDS } from '../core/rules.ts'

export interface InputError {
  readonly path: string
  readonly message: string
}

/** Refusals that no account record decides. */
export type ServiceRefusal =
  | { readonly is: 'user-not-found' }
  | { readonly is: 'session-not-found' }
  | { readonly is: 'self' }
  | { readonly is: 'forbidden-target' }
  | { readonly is: 'change-needs-administrator' }
  | { readonly is: 'deletion-needs-administrator' }
  | { readonly is: 'roles-need-administrator' }
  | { readonly is: 'outside-groups' }
  | { readonly is: 'email-taken' }
  /** The host keeps its accounts elsewhere. */
  | { readonly is: 'not-supported' }
  | { readonly is: 'stays-pending' }
  | { readonly is: 'invalid'; readonly errors: readonly InputError[] }
  /** Neither a code nor a proof was sent. */
  | { readonly is: 'step-up-required' }
  /** The key belongs to another act, or its retry came too late. */
  | { readonly is: 'key-used' }
  | { readonly is: 'too-many-mails'; readonly retryAt: number }

export type AnyRefusal = Refusal | ServiceRefusal
export type RefusalOf<K extends AnyRefusal['is']> = Extract<AnyRefusal, { readonly is: K }>

export interface Refused {
  readonly is: 'refused'
  readonly refusal: AnyRefusal
}

export type Result<T extends object = object> = (T & { readonly is: 'done' }) | Refused

export const refuse = (refusal: AnyRefusal): Refused => ({ is: 'refused', refusal })
export const done: { readonly is: 'done' } = { is: 'done' }

/** The checked value, or a refusal that names each faulty field. */
export function checked<T>(parsed: z.ZodSafeParseResult<T>): Result<{ readonly value: T }> {
  if (parsed.success) return { is: 'done', value: parsed.data }
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
  return refuse({ is: 'invalid', errors })
}

const noFactor = 'The account has no working second factor.'

const sentences: {
  readonly [K in Exclude<AnyRefusal['is'], 'invalid'>]: string
} = {
  'user-not-found': 'There is no such user.',
  'session-not-found': 'The person has no such session, or it has ended.',
  self: 'You cannot do this to yourself here: use your account page.',
  'forbidden-target': 'Your role does not allow to act on this person.',
  'change-needs-administrator': 'Only an administrator changes roles, status and email.',
  'deletion-needs-administrator': 'Only an administrator deletes accounts.',
  'roles-need-administrator': 'Only an administrator gives roles.',
  'outside-groups': 'Your role does not allow to create accounts outside your groups.',
  'email-taken': 'There is an account with this email.',
  'not-supported': 'Accounts are kept elsewhere.',
  'stays-pending': 'The account set-up was never completed: until then the account stays pending.',
  'step-up-required': 'This needs your own authenticator code.',
  'key-used': `This Idempotency-Key was used for something else, or more than ${RETRY_SECONDS} s ago.`,
  'too-many-mails': 'You have sent too many emails within an hour.',
  'setup-incomplete': 'The account set-up was never completed, so there is nothing to reset.',
  'account-disabled': 'The account is disabled.',
  'account-deleted': 'The account is deleted.',
  'password-too-new':
    'A mailed link changed the password of this account within a day, so that password and mailed link would be one proof.',
  'reset-not-found': 'There is no such reset.',
  'reset-finished': 'This reset is completed, superseded or revoked.',
  'superseded-meanwhile': 'Another person reset this account meanwhile.',
  'record-lost': 'The record of this account is lost. A reset repairs it.',
  'already-enrolled': 'The account set-up is completed: reset it instead.',
  'idempotency-conflict': 'This Idempotency-Key was used for another target or reason.',
  'too-many-resets': 'Too many resets or invitations within an hour.',
  paused: 'Too many wrong codes.',
  locked: 'Your second factor is locked until an administrator resets it.',
  'code-incorrect': 'That code is wrong or was already used.',
  'code-replayed': 'That code is wrong or was already used.',
  'passkey-incorrect': 'That passkey was not accepted.',
  'passkey-stale': 'Something else happened meanwhile. Try again.',
  'passkey-required': 'Your role needs a passkey for this.',
  'passkey-suspect': 'This passkey may have been copied. Remove it and add it again.',
  'too-many-authenticators': 'There are too many passkeys: remove one first.',
  'already-added': 'This passkey is here already.',
  'last-authenticator': 'No other authenticator works: add another one first.',
  'authenticator-unknown': 'There is no such authenticator.',
  'factor-too-new': 'Your authenticator was set up too short a time ago to act on others.',
  'proof-too-old': 'Your second factor was proven too long ago.',
  'proof-too-weak': 'A set-up or a backup code is no step-up.',
  'proof-used': 'Another act has used up the proof of this sign-in.',
  'sign-in-over': 'Something ended this sign-in.',
  'outbox-full': 'The outbox of this account is full. Try again later.',
  'not-enrolled': noFactor,
  'set-up-elsewhere': noFactor,
  'set-up-frozen': noFactor,
  'set-up-expired': noFactor,
  'password-missing': noFactor,
  'link-missing': noFactor,
  'link-unknown': noFactor,
  'link-expired': noFactor,
  'link-used': noFactor,
  'link-replaced': noFactor,
  'link-cancelled': noFactor,
  'mailbox-used': noFactor,
}

/** One English sentence, for a developer or an administrator. */
export function explain(refusal: AnyRefusal): string {
  if (refusal.is !== 'invalid') return sentences[refusal.is]
  return refusal.errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')
}
