/** Interfaces that a host implements: directory, mailer, clock; the audit log in auditLog.ts. The store's contract is in store/store.ts. */
import type { EndedBecause } from './core/effect.ts'
import type { BackupCodes, FactorState } from './core/questions.ts'

export type { AuditEvent, AuditLog, AuditQuery } from './auditLog.ts'

/** Seconds since 1970 UTC. The only source of time. */
export interface Clock {
  now(): number
}

export const roles = ['admin', 'helpdesk'] as const
export type Role = (typeof roles)[number]
/** Of the management API. */
export const managementScopes = [
  'users:read',
  'users:write',
  'two-factor:read',
  'two-factor:reset',
  'audit:read',
] as const
export type ManagementScope = (typeof managementScopes)[number]
/** Scopes that a client may have without a person: a leaked client secret changes nothing. */
export const readScopes: readonly ManagementScope[] = managementScopes.filter((scope) => scope.endsWith(':read'))

/** Claims that an application gets where the operator says so only. */
export const restrictedClaims = ['groups', 'roles'] as const
export type RestrictedClaim = (typeof restrictedClaims)[number]

export const accountStatuses = ['pending', 'active', 'disabled'] as const
export type AccountStatus = (typeof accountStatuses)[number]

/** The first-party applications: the console, the own account. */
export const apps = ['admin', 'account'] as const
export type App = (typeof apps)[number]

/** Ids of their clients. */
export interface ClientIds {
  readonly console: string
  readonly account: string
}

/** Name and appearance of the service, on every page and in every email. */
export interface Brand {
  readonly name: string
  /** The help page; absent: pages refer to the administrator. */
  readonly supportUrl?: string | undefined
  readonly legalLinks?: readonly { readonly label: string; readonly url: string }[] | undefined
  /** Files (SVG, PNG, JPEG, WebP), which are served, or https URLs; absent: the name is shown as text. */
  readonly logoLight?: string | undefined
  readonly logoDark?: string | undefined
  /** `#rrggbb`, of buttons and links in the light theme; see http/pages/theme. */
  readonly accent?: string | undefined
}

/** A person as the host's directory answers: what it has no column for may be left out. `Person` is the same, completed. */
export interface DirectoryPerson {
  readonly id: string
  readonly email: string
  /** The claim `email_verified`. Default true: the operator vouches for it. False: entered here, and no link to it was used. */
  readonly emailVerified?: boolean | undefined
  /** Default: the email. */
  readonly name?: string | null | undefined
  /** Claims of the scope `profile`, beside `name`. Default null: not known. */
  readonly givenName?: string | null | undefined
  readonly familyName?: string | null | undefined
  readonly preferredUsername?: string | null | undefined
  /** BCP 47, or null: the default of the service. Default null. */
  readonly locale?: string | null | undefined
  /** Roles and groups: default none. */
  readonly roles?: readonly Role[] | undefined
  readonly groups?: readonly string[] | undefined
  /** Default `active`. */
  readonly status?: AccountStatus | undefined
  /** Epoch seconds; 0: not known. Default 0. */
  readonly createdAt?: number | undefined
  /**
   * When this person first had a second factor, epoch seconds; null: never, so the record is created at first use. Else a missing
   * record is damage: the sign-in is refused, never offered a fresh enrolment. It has no default.
   */
  readonly secondFactorSince: number | null
  /** Last written by `factorChanged`; null or absent: not known. For lists only, never for a decision. */
  readonly secondFactor?: FactorState | null | undefined
  /** As `secondFactor`. Absent: the directory does not keep it. */
  readonly backupCodes?: BackupCodes | null | undefined
}

/** A person with every field. */
export interface Person extends DirectoryPerson {
  readonly name: string
  readonly locale: string | null
  readonly roles: readonly Role[]
  readonly groups: readonly string[]
  readonly status: AccountStatus
  readonly createdAt: number
}

export interface PeopleQuery {
  readonly search?: string
  readonly status?: AccountStatus
  /** Persons with this `secondFactor` or null. Only for a directory with `factorChanged`. */
  readonly secondFactor?: FactorState
  /** Persons with this role; in this group; in one of these groups. A directory may ignore the three: its answers are filtered again. */
  readonly role?: Role
  readonly group?: string
  readonly groups?: readonly string[]
  /** Persons with one of these `backupCodes`, or null. Only for a directory with `factorChanged`, which may ignore it. */
  readonly backupCodes?: readonly BackupCodes[]
  /** The cursor: the last `email` of the page before. */
  readonly after?: string
  readonly limit: number
}

type Writable =
  | 'email'
  | 'emailVerified'
  | 'name'
  | 'givenName'
  | 'familyName'
  | 'preferredUsername'
  | 'locale'
  | 'roles'
  | 'groups'
  | 'status'

export interface NewPerson extends Pick<Person, Writable> {}

/** `P` is what it answers: a host may leave fields out, and inside this package each person is complete. */
export interface Directory<P extends DirectoryPerson = Person> {
  find(id: string): Promise<P | null>
  /** The person with this email and password, else null, after the same work in every case. Absent: the host has its own sign-in page. */
  authenticate?(email: string, password: string, attempt?: PasswordAttempt): Promise<Authenticated<P> | null>
  /**
   * The Base32 secret or otpauth URI of this person's authenticator in the host's own second factor, null: none. Asked while
   * `secondFactorSince` is null and there is no record; then it is adopted. Absent: the host has none, or calls `adopt`.
   */
  foreignFactor?(id: string): Promise<string | null>
  /** Called after every completed set-up; repeated until it returns, so it must be idempotent. Makes a pending account active. */
  enrolled(id: string, at: number): Promise<void>
  /**
   * The state of the second factor or of its backup codes may have changed: read what is stored, call `state` (then `codes`, if it is kept),
   * write only over what was read, so that an older state never replaces a newer one. Idempotent, repeated until it returns. Absent: a list
   * by these states reads every record.
   */
  factorChanged?(id: string, state: () => Promise<FactorState>, codes: () => Promise<BackupCodes>): Promise<void>
  /** Ordered by email; for the management API. */
  list(query: PeopleQuery): Promise<P[]>
  /**
   * How many match, at most `most`. Unlike a list it has to respect every filter that it is given, or the number is wrong. Absent: the console
   * shows no total.
   */
  count?(query: Omit<PeopleQuery, 'after' | 'limit'>, most: number): Promise<number>
  /** Creates an account; 'exists': the email is taken, nothing changed. Absent: accounts are created elsewhere. */
  create?(person: NewPerson): Promise<P | 'exists'>
  /** The person with this email, else null, after the same work in either case. Absent: no page for a forgotten password. */
  findByEmail?(email: string): Promise<P | null>
  /** A slow password hash, for `setPassword`; until then it is sealed in the account's record. */
  hashPassword?(password: string): Promise<string>
  /**
   * Stores this hash, whatever the account's status; null: no such account. Repeated until it returns, so it must be idempotent. Absent:
   * the directory keeps no passwords, so an invitation asks for none.
   */
  setPassword?(id: string, hash: string, when: PasswordSetting): Promise<P | null>
  /**
   * A link mailed to this address was used: sets `emailVerified` if it is still this person's address. Repeated until it returns, so it
   * must be idempotent. Absent: an address entered here never becomes verified.
   */
  verifyEmail?(id: string, email: string): Promise<void>
  /**
   * For a host with sessions of its own: everything this person proved before `at` has ended, so these end too, or they sign in by
   * themselves after a reset. Repeated until it returns; idempotent.
   */
  signedOut?(id: string, ended: { readonly at: number; readonly because: EndedBecause }): Promise<void>
  /** null: no such account; 'exists': the email is taken, nothing changed. Absent: accounts are changed elsewhere. */
  change?(id: string, changes: PersonChanges): Promise<P | 'exists' | null>
  /**
   * Deletes the person; `find` then returns null, and the id must never be given again. Repeated until it returns, so it must be
   * idempotent. Absent: accounts are deleted elsewhere, and `rekey.forget(id)` is called there.
   */
  remove?(id: string): Promise<void>
}

export type HostDirectory = Directory<DirectoryPerson>

/** Lets a directory limit costly work. It may ignore this; then only its answer counts. */
export interface PasswordAttempt {
  /** An IPv4 address or an IPv6 /64, for fair queues. */
  readonly network: string
  /** Call it before costly work, with the id found or null. False: do not check the password; return null. */
  readonly admit: (id: string | null) => Promise<boolean>
}

export type Authenticated<P extends DirectoryPerson = DirectoryPerson> = P & {
  /** The `generation` of the password; default 0: none. A password older than the newest change is refused. */
  readonly passwordGeneration?: number | undefined
}

export interface PasswordSetting {
  /** Rises with every change: a hash must never replace one of a later generation. Store it with the hash, for `authenticate`. */
  readonly generation: number
}

/** Another `email` comes with `emailVerified: false`. */
export type PersonChanges = Partial<Pick<Person, Writable>>

export interface Email {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The same for every attempt to send this email; becomes the Message-ID. */
  readonly id: string
  /** BCP 47, of the text. */
  readonly locale: string
}

/** Throws `MailRefused` when the server will never accept the email; after any other error it is sent again later. */
export interface Mailer {
  send(email: Email): Promise<void>
  /** Connects to the mail server and signs in, without sending. For the doctor. */
  verify?(signal: AbortSignal): Promise<void>
  /** `Acme ID <no-reply@acme.example>`, or the address alone. For the doctor. */
  readonly from?: string
  /** The longest time that `send` takes; after it another process may send the email. Seconds. Default 15. */
  readonly longestSeconds?: number
}

/** For metrics and logs: a wrong password, or the limit that stopped an attempt before it was checked. */
export type LimitEvent =
  | 'password.wrong'
  | 'password.browser'
  | 'password.here'
  | 'password.account'
  | 'password.network'
  | 'password-link.network'
  | 'password-link.browser'
  | 'mail.actor'
  | 'note.actor'
