/** The metadata of each page of the console. */
import { type ActSteps, fault, type PageMetadata, passkeyFault } from './pageMetadata.ts'
import type { ConsolePages } from './consoleLocals.ts'

/** An act takes two pages: a confirmation, then the code or the passkey. */
const actSteps = (now: 1 | 2, isByPasskey = false): ActSteps => ({
  names: ['step-up.step.confirm', isByPasskey ? 'step-up.step.passkey' : 'step-up.step.code'],
  now,
})

function stepUpFault(error: ConsolePages['step-up']['error'], isByPasskey: boolean) {
  if (error === 'late') return fault('step-up.late', isByPasskey ? 'use-passkey' : 'code')
  return fault(error && `code.error.${error}`, 'code')
}

export const consoleMetadata: { readonly [K in keyof ConsolePages]: (page: ConsolePages[K]) => PageMetadata } = {
  settings: () => ({ heading: 'settings.heading', section: 'settings' }),
  users: () => ({ heading: 'users.heading', section: 'users' }),
  invite: ({ faults }) => ({
    heading: 'invite.heading',
    fault: faults[0] ?? null,
    moreFaults: faults.slice(1),
    section: 'users',
    isPart: true,
    isNarrow: true,
  }),
  'invite-several': ({ faults }) => ({
    heading: 'invite.several',
    fault: faults[0] ?? null,
    section: 'users',
    isPart: true,
    isNarrow: true,
  }),
  user: ({ person, note }) => ({
    heading: 'user.heading',
    values: { name: person },
    fault: note?.error ? { says: `note.error.${note.error}`, field: 'note' } : null,
    section: 'users',
    isPart: true,
  }),
  edit: ({ person, faults }) => ({
    heading: 'edit.heading',
    values: { name: person },
    fault: faults[0] ?? null,
    moreFaults: faults.slice(1),
    section: 'users',
    isPart: true,
    isNarrow: true,
  }),
  'confirm-reset': ({ person, error }) => ({
    heading: 'confirm-reset.heading',
    values: { name: person },
    fault: error && { says: `confirm-reset.error.${error}`, field: 'reason' },
    section: 'users',
    isPart: true,
    isNarrow: true,
    steps: actSteps(1),
  }),
  'confirm-delete': ({ person }) => ({
    heading: 'confirm-delete.heading',
    values: { name: person },
    section: 'users',
    isPart: true,
    isNarrow: true,
    steps: actSteps(1),
  }),
  'step-up': ({ what, error, passkey }) => ({
    heading: passkey ? 'step-up.heading.passkey' : 'step-up.heading',
    fault: passkeyFault(passkey) ?? stepUpFault(error, passkey !== null),
    usesPasskey: passkey !== null,
    section: 'users',
    isPart: true,
    isNarrow: true,
    steps: what === 'reset' || what === 'delete' ? actSteps(2, passkey !== null) : null,
  }),
  'not-done': ({ what }) => ({
    heading: `not-done.heading.${what}`,
    section: 'users',
    isPart: true,
    isNarrow: true,
    mark: 'stop',
  }),
  audit: ({ error }) => ({
    heading: 'audit.heading',
    fault: error && { says: `audit.error.${error.is}`, field: error.field },
    section: 'audit',
  }),
}
