/**
 * What we ask of a host: its people, its mailer, its audit log, its clock. The store's contract is in store/store.ts.
 */

import type { Device } from './core/device.ts'
import type { FactorState } from './core/questions.ts'

/** Seconds since 1970 UTC. The one source of time. */
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

export const accountStatuses = ['pending', 'active', 'disabled'] as const
export type AccountStatus = (typeof accountStatuses)[number]

/** The first-party applications: the console, the own account. */
export const apps = ['admin', 'account'] as const
export type App = (typeof apps)[number]

/** A person as the host's directory knows them. */
export interface Person {
  readonly id: string
  readonly email: string
  /** The claim `email_verified`. Default true: the operator vouches for the address. False: typed here, and no link to it was used yet. */
  readonly emailVerified?: boolean
  readonly name: string
  /** BCP 47, or null: the default of the service. */
  readonly locale: string | null
  readonly roles: readonly Role[]
  readonly groups: readonly string[]
  readonly status: AccountStatus
  readonly createdAt: number
  /**
   * When this person first had a second factor, epoch seconds. null: never, so a record is made at first sight.
   * Set: the record must exist; a missing one is damage and is refused, never offered as a fresh enrolment.
   */
  readonly secondFactorSince: number | null
  /** What `factorChanged` last wrote; null or absent: the directory was not told, or does not keep it. Never decides who gets in. */
  readonly secondFactor?: FactorState | null
}

export interface PeopleQuery {
  readonly search?: string
  readonly status?: AccountStatus
  /** Those of this `secondFactor`, and those whose is null. Asked only of a directory with `factorChanged`. */
  readonly secondFactor?: FactorState
  /** The `email` of the last one on the page before. */
  readonly after?: string
  readonly limit: number
}

export interface NewPerson extends Pick<
  Person,
  'email' | 'emailVerified' | 'name' | 'locale' | 'roles' | 'groups' | 'status'
> {}

export interface Directory {
  find(id: string): Promise<Person | null>
  /** The person whose email and password these are, else null, after the same work in every case. Absent when the host has a sign-in page of its own. */
  authenticate?(email: string, password: string, attempt?: PasswordAttempt): Promise<Authenticated | null>
  /** Called after every completed set-up; repeated until it returns, so it must be idempotent. Makes a pending account active. */
  enrolled(id: string, at: number): Promise<void>
  /**
   * For a directory that lists by the state of the second factor: it is another, or may be. Ask for `state` after reading what is to be
   * replaced, and write only where that still stands, so that an older word never takes the place of a newer one. Repeated until it
   * returns; idempotent; also called when a list is seen to be wrong. Absent: a list by that state looks at every record.
   */
  factorChanged?(id: string, state: () => Promise<FactorState>): Promise<void>
  /** Ordered by email; for the management API. */
  list(query: PeopleQuery): Promise<Person[]>
  /** A new account; 'exists' when the email is taken, and then nothing has changed. Absent when accounts are made elsewhere. */
  create?(person: NewPerson): Promise<Person | 'exists'>
  /** The person of this email, else null, after the same work in either case. With `setPassword`: without it nobody can say that they have forgotten theirs. */
  findByEmail?(email: string): Promise<Person | null>
  /** What is kept of a password: a hash, dear to make. With `setPassword`, before which it waits sealed in the account's record. */
  hashPassword?(password: string): Promise<string>
  /**
   * Sets the password that this hash is of, whatever the account's status; null: there is none. Repeated until it
   * returns, so it must be idempotent. Absent when the host keeps no passwords here: then an invitation asks for none, and nobody
   * forgets theirs.
   */
  setPassword?(id: string, hash: string, when: PasswordSetting): Promise<Person | null>
  /**
   * A link mailed to this address was used: sets `emailVerified` if it is still this person's address. Repeated until it returns; idempotent.
   * Absent: an address that was typed here never becomes verified.
   */
  verifyEmail?(id: string, email: string): Promise<void>
  /** null: there is no such account; 'exists': the email is another's, and nothing has changed. Absent when accounts are kept elsewhere. */
  change?(id: string, changes: PersonChanges): Promise<Person | 'exists' | null>
}

/** What is known of an attempt besides what was typed. A directory may ignore it; then only the answer is judged. */
export interface PasswordAttempt {
  /** Where it comes from: an IPv4 address or an IPv6 /64. For queues that are fair. */
  readonly network: string
  /** To be asked before costly work, with the id that was found or null. False: the password must not be looked at; answer null. */
  readonly admit: (id: string | null) => Promise<boolean>
}

export interface Authenticated extends Person {
  /** The `generation` their password was set with; default 0: none. A password older than the newest change signs nobody in. */
  readonly passwordGeneration?: number
}

export interface PasswordSetting {
  /**
   * Rises with every change: a hash of an older one must not take the place of a newer one's, in whatever order they arrive. To be kept
   * with the hash, for `authenticate`.
   */
  readonly generation: number
}

/** Another `email` comes with `emailVerified: false`. */
export type PersonChanges = Partial<
  Pick<Person, 'email' | 'emailVerified' | 'name' | 'locale' | 'roles' | 'groups' | 'status'>
>

export interface Email {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The same for every attempt at the same letter; becomes the Message-ID. */
  readonly id: string
  /** BCP 47, of the text. */
  readonly locale: string
}

/** Throws `MailRefused` when the server will never take it; anything else thrown means: try again later. */
export interface Mailer {
  send(email: Email): Promise<void>
}

export interface AuditEvent {
  readonly id: string
  readonly at: number
  /** Dotted, past: `two_factor.reset.started`. */
  readonly type: string
  /** Account id; null: the command line or the service itself. */
  readonly actor: string | null
  readonly target: string | null
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly reason: string | null
  readonly requestId: string | null
  /** Network address of the caller, shortened (IPv4 /24, IPv6 /48). */
  readonly address: string | null
  /** What the caller's browser says it is. Absent: none that we know. */
  readonly device?: Device
  /** Of sign-ins: the application, by client id. */
  readonly client?: string
  /** Of sign-ins: the session at the provider. */
  readonly session?: string
  /** Of `sign_in.done`: how the person was authenticated, and the acr that it is worth. */
  readonly method?: 'password' | 'otp' | 'backup_code'
  readonly acr?: string
}

export interface AuditQuery {
  readonly user?: string
  readonly actor?: string
  readonly type?: string
  readonly from?: number
  readonly to?: number
  readonly before?: string
  readonly limit: number
}

export interface AuditLog {
  /** Idempotent by `id`. */
  append(event: AuditEvent): Promise<void>
  list(query: AuditQuery): Promise<{ readonly events: AuditEvent[]; readonly next: string | null }>
}

/** Reported to metrics and logs: a wrong password, or the limit that stopped an attempt before it was judged. */
export type LimitEvent =
  | 'password.wrong'
  | 'password.browser'
  | 'password.here'
  | 'password.account'
  | 'password.network'
  | 'password-link.network'
  | 'password-link.browser'
  | 'mail.actor'
