/** Terms that are decided once, by language: what no text says, and what it says instead. Judged without names of placeholders. */

export interface Term {
  readonly not: RegExp
  readonly but: string
  /** Keys that it is about. Default: all. */
  readonly keys?: RegExp
  /** Texts that still wait for their new wording. */
  readonly except?: readonly string[]
}

/** Pages that speak about a user to an administrator; elsewhere a text speaks to the person. */
const CONSOLE = /^(?:user|users|invite|edit|question|live|note|step-up|not-done|confirm-\w+)\./

/** Texts of before, until they are reworded. */
const MADE = [
  'activity.two_factor.backup_codes_renewed',
  'activity.account.created',
  'link.invitation.why',
  'mail.new-backup-codes.what',
  'mail.invitation.what',
]
const MAILED = [
  'set-up-closed.password-too-new.what',
  'user.way-back.strict',
  'user.way-back.standard',
  'user.not-now.password-too-new',
  'reset.via.link',
  'confirm-reset.suspect',
  'confirm-reset.both.policy',
  'confirm-reset.both.wrong-codes',
  'step-up.what.disable',
  'not-done.password-too-new',
  'not-done.password_too_new',
  'question.disable.what',
  'event.type.link.refused',
]
const PERSON = [
  'user.not-now.never',
  'user.not-now.authority',
  'user.export',
  'user.sessions.none',
  'user.events.all',
  'not-done.authority',
  'not-done.never',
  'not-done.forbidden_target',
]
const RELEASED = [
  'activity.account.enabled',
  'user.said.active',
  'user.enable',
  'step-up.what.disable',
  'step-up.who.enable',
]
const IF = [
  'link-sent.what',
  'set-up.open',
  'dead-link.used.next',
  'dead-invitation.used.next',
  'dead-password.used.next',
  'paused.stranger',
  'set-up-elsewhere.next',
  'mail.reset.stranger',
  'mail.invitation.stranger',
  'mail.password.next',
  'mail.password.stranger',
]

export const terms: Readonly<Record<string, readonly Term[]>> = {
  en: [
    { not: /\bletters?\b|\be-mails?\b/i, but: 'email' },
    { not: /\blog(?:ged)?[ -]?in\b|\blog(?:ged)? out\b|\blog out\b/i, but: 'sign in, sign out' },
    { not: /\b(?:recovery|spare|emergency) codes?\b/i, but: 'backup codes' },
    { not: /\bauthenticat(?:ion|or) (?:program|application)\b/i, but: 'authenticator app' },
    {
      not: /\b(?:MFA|two-step|2-step|second factor)\b/i,
      but: '2FA, two-factor authentication',
      except: ['not-done.record_lost'],
    },
    { not: /\bdeactivated?\b/i, but: 'disabled' },
    { not: /\bmade (?:an|your) account|account was made|codes were made/i, but: 'created', except: MADE },
    { not: /\bId\b/, but: 'ID', except: ['user.id'] },
    { not: /^State$/, but: 'Status', except: ['account.state', 'reset.status'] },
    { not: /\b(?:e?mailed) links?\b/i, but: 'the link we emailed', except: MAILED },
    { not: /\bthis person\b/i, but: 'this user', keys: CONSOLE, except: PERSON },
  ],
  de: [
    { not: /\bBriefe?n?\b|\bEmails?\b/i, but: 'E-Mail' },
    { not: /\b(?:ein|aus)(?:ge)?logg|\blog(?:in|out)\b/i, but: 'anmelden, abmelden' },
    { not: /\b(?:Wiederherstellungs|Ersatz|Sicherungs)codes?\b/i, but: 'Backup-Codes', except: ['interrupted.saved'] },
    { not: /\bdeaktivier/i, but: 'gesperrt' },
    { not: /Authenti(?:fizierungs|fikations)/i, but: 'Authenticator-App, Zwei-Faktor-Anmeldung' },
    { not: /^(?:Zustand|Stand)$/, but: 'Status', except: ['account.state', 'reset.status'] },
    { not: /Prüfprotokoll/, but: 'Protokoll', except: ['scope.audit:read'] },
    { not: /\bfrei(?:ge|zuge)\p{L}*/iu, but: 'entsperren', except: RELEASED },
    { not: /\bgesperrt\b/i, but: 'blockiert', keys: /\.locked$/, except: ['account.state.locked'] },
    { not: /\bblockiert\b/i, but: 'gesperrt', keys: /\.disabled$/ },
    { not: /\b(?:Haben|Waren|Kennen|Gibt) (?:es|Sie)\b[^.:;?]*, so /, but: 'Wenn Sie …', except: IF },
    { not: /\bdiese[rn]? Person\b/i, but: 'dieser Benutzer', keys: CONSOLE, except: PERSON },
  ],
}
