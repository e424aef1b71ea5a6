/** From what is owed to a letter on its way: the words of letters.ts, the id of the debt, the address on record. */
import type { EffectPorts } from '../effects.ts'
import type { Mailer, Person } from '../ports.ts'
import type { Letters, Written } from './letters.ts'

export function createPost(mailer: Mailer, letters: Letters): EffectPorts['post'] {
  const send = (person: Person, id: string, written: Written): Promise<void> =>
    mailer.send({ ...written, id, to: person.email })
  return {
    reset: (person, { id, proofs, link, at, expiresAt }) =>
      send(person, id, letters.reset({ person, link, at, expiresAt, proofs })),
    invitation: (person, { id, link, at, expiresAt }) =>
      send(person, id, letters.invitation({ person, link, at, expiresAt })),
    password: (person, { id, link, at, expiresAt }) =>
      send(person, id, letters.password({ person, link, at, expiresAt })),
    notice(person, { id, at, notice, device }) {
      const about = { person, at, device }
      switch (notice.is) {
        case 'enrolled':
          return send(person, id, letters.enrolled({ ...about, how: notice.via === 'link' ? 'link' : 'sign-in' }))
        case 'backup-code-used':
          return send(person, id, letters.backupCodeUsed({ ...about, remaining: notice.remaining }))
        case 'replaced':
          return send(person, id, letters.enrolled({ ...about, how: 'replaced' }))
        case 'password-changed':
          return send(person, id, letters.passwordChanged(about))
        case 'wrong-codes':
          return send(person, id, letters.wrongCodes({ ...about, where: notice.where }))
        case 'email-changed': {
          const before = { ...person, email: notice.from }
          return send(before, id, letters.emailChanged({ person: before, at }))
        }
        case 'codes-renewed':
          return send(person, id, letters.newBackupCodes(about))
      }
    },
  }
}
