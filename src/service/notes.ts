/** Notes of the console about a person: lines of the audit, never changed and never shown to the person. */
import { NOTES_PER_HOUR } from '../core/rules.ts'
import { type Action, checkAuthority, refusedBy } from './authority.ts'
import type { ServiceContext } from './context.ts'
import { done, refuse, type Result } from './refusal.ts'
import { findPerson } from './users.ts'

/** Characters: as many as a reason of a reset. */
export const LONGEST_NOTE = 500

export interface Note extends Action {
  readonly text: string
  /** The form it was written in: the same form again is the same note. */
  readonly form: string
}

export type Noted = Result | { readonly is: 'too-many'; readonly retryAt: number }

export async function addNote(services: ServiceContext, note: Note): Promise<Noted> {
  const text = oneLine(note.text)
  if (text === '' || text.length > LONGEST_NOTE) return refuse(faultOf(text))
  const found = await findPerson(services, note.targetId)
  if (found.is === 'refused') return found
  const forbidden = await checkAuthority(services, note, found.person, 'account.change_refused')
  if (forbidden) return forbidden
  const { count, until } = await services.limiter.count('note.actor', note.actor.id)
  if (count > NOTES_PER_HOUR) {
    services.onLimit('note.actor')
    return { is: 'too-many', retryAt: until }
  }
  const outcome = await services.accountChanges.addNote(found.person.id, { text, form: note.form }, note.by)
  return refusedBy(outcome) ?? done
}

const oneLine = (text: string): string =>
  text
    .normalize('NFC')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()

const faultOf = (text: string) =>
  ({ is: 'invalid', errors: [{ path: 'text', message: text === '' ? 'is empty' : 'is too long' }] }) as const
