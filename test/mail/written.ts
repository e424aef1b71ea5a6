/** Every email, to the same person at the same time. */
import { templates, type Written } from '../../src/mail/templates.ts'
import { words } from '../../src/i18n/messages.ts'

export const at = 1_777_816_951
const expiresAt = at + 28_800
export const issuer = 'https://id.example.com'
// The longest link: the id of a reset and 256 bits.
export const link = `${issuer}/two-factor/reset/${'r'.repeat(22)}.${'t'.repeat(43)}`
export const ana = { email: 'ana@example.com', name: 'Ana Silva', locale: 'en' }

export const written = (
  locale: string,
  person = ana,
  brand: { name: string; supportUrl?: string; accent?: string } = { name: 'Acme ID' },
) => {
  const write = templates({ issuer, brand, words: () => words(locale) })
  const about = { person, at }
  return {
    reset: write.reset({ ...about, link, expiresAt, proofs: { both: false, because: [] } }),
    'reset, strict': write.reset({ ...about, link, expiresAt, proofs: { both: true, because: ['policy'] } }),
    'reset, after wrong codes': write.reset({
      ...about,
      link,
      expiresAt,
      proofs: { both: true, because: ['wrong-codes'] },
    }),
    'passkey added': write.authenticators({ ...about, what: 'authenticator-added', name: 'Safari on iPhone' }),
    'passkey removed': write.authenticators({ ...about, what: 'authenticator-removed', name: 'Security key' }),
    'app removed': write.authenticators({ ...about, what: 'authenticator-removed', name: null }),
    'passkey copied': write.authenticators({ ...about, what: 'passkey-suspect', name: 'Security key' }),
    'wrong code, unknown browser': write.wrongCodes({ ...about, where: 'unknown-browser' }),
    'wrong codes': write.wrongCodes({ ...about, where: 'any' }),
    'enrolled by link': write.enrolled({ ...about, how: 'link' }),
    'enrolled in a sign-in': write.enrolled({ ...about, how: 'sign-in' }),
    'enrolled for the first time': write.enrolled({ ...about, how: 'link', isFirst: true }),
    'a first passkey': write.enrolled({ ...about, how: 'sign-in', isFirst: true, kind: 'passkey' }),
    'a passkey after a reset': write.enrolled({ ...about, how: 'link', kind: 'passkey' }),
    replaced: write.enrolled({ ...about, how: 'replaced' }),
    'backup code used': write.backupCodeUsed({ ...about, remaining: 7 }),
    'few left': write.backupCodeUsed({ ...about, remaining: 2 }),
    'one left': write.backupCodeUsed({ ...about, remaining: 1 }),
    'none left': write.backupCodeUsed({ ...about, remaining: 0 }),
    'new backup codes': write.newBackupCodes(about),
    invitation: write.invitation({ ...about, link, expiresAt }),
    'email changed': write.emailChanged(about),
    password: write.password({ ...about, link, expiresAt }),
    'password changed': write.passwordChanged(about),
  } satisfies Record<string, Written>
}
