/** The audit log, which a host may implement. */
import type { Device } from './core/device.ts'

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
  /** From the caller's User-Agent. Absent: not known. */
  readonly device?: Device
  /** Of sign-ins: the application, by client id. */
  readonly client?: string
  /** Of sign-ins: the session at the provider. */
  readonly session?: string
  /** Of `sign_in.done`. */
  readonly method?: 'password' | 'otp' | 'backup_code' | 'passkey'
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
  /** Idempotent by `id`. `durable`: what caused it is forgotten after this returns, so it must survive what `store` survives. */
  append(event: AuditEvent, options?: { readonly durable?: boolean }): Promise<void>
  list(query: AuditQuery): Promise<{ readonly events: AuditEvent[]; readonly next: string | null }>
  /**
   * The account was deleted: removes what describes the person from lines about or by them (`address`, `device`, a reason in free text),
   * and keeps the ids. Repeated until it returns, so it must be idempotent. Absent: the lines remain as they are.
   */
  redact?(accountId: string): Promise<void>
}
