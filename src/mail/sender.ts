/** Sends the emails of effects: the texts of templates.ts, the id of the outbox entry, the stored address. */
import type { EffectPorts } from '../accounts/effects.ts'
import type { Mailer, Person } from '../ports.ts'
import type { Templates, Written } from './templates.ts'

export function createSender(mailer: Mailer, templates: Templates): EffectPorts['post'] {
  const send = (person: Person, id: string, written: Written): Promise<void> =>
    mailer.send({ ...written, id, to: person.email })
  return {
    reset: (person, { id, proofs, link, at, expiresAt }) =>
      send(person, id, templates.reset({ person, link, at, expiresAt, proofs })),
    invitation: (person, { id, link, at, expiresAt }) =>
      send(person, id, templates.invitation({ person, link, at, expiresAt })),
    password: (person, { id, link, at, expiresAt }) =>
      send(person, id, templates.password({ person, link, at, expiresAt })),
    notice(person, { id, at, notice, device }) {
      const about = { person, at, device }
      switch (notice.is) {
        case 'enrolled':
          return send(
            person,
            id,
            templates.enrolled({
              ...about,
              how: notice.via === 'link' ? 'link' : 'sign-in',
              isFirst: notice.isFirst === true,
              kind: notice.isPasskey ? 'passkey' : 'app',
            }),
          )
        case 'backup-code-used':
          return send(person, id, templates.backupCodeUsed({ ...about, remaining: notice.remaining }))
        case 'replaced':
          return send(person, id, templates.enrolled({ ...about, how: 'replaced' }))
        case 'password-changed':
          return send(person, id, templates.passwordChanged(about))
        case 'wrong-codes':
          return send(person, id, templates.wrongCodes({ ...about, where: notice.where }))
        case 'email-changed': {
          const before = { ...person, email: notice.from }
          return send(before, id, templates.emailChanged({ person: before, at }))
        }
        case 'authenticator-added':
        case 'authenticator-removed':
        case 'passkey-suspect':
          return send(person, id, templates.authenticators({ ...about, what: notice.is, name: notice.name }))
        case 'codes-renewed':
          return send(person, id, templates.newBackupCodes(about))
      }
    },
  }
}
