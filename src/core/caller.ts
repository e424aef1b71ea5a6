/** From where a command comes. */
import type { Device } from './device.ts'

/** The sign-in in which a command is given. */
export interface InSignIn {
  readonly epoch: number
  /** When its password was accepted, if it has no session yet. Absent or null: a session, or a mailed link. */
  readonly since?: number | null
}

/** The origin of the command, for the audit. */
export interface Caller {
  /** Account id; null: not signed in, or command line. */
  readonly actor: string | null
  readonly requestId: string | null
  readonly address: string | null
  /** The browser of the request. Absent: unknown. */
  readonly device?: Device
}
