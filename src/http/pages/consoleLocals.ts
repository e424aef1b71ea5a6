/** Locals of the console. */
import type { ActPages } from './actLocals.ts'
import type { AuditPages } from './auditLocals.ts'
import type { UserPages } from './userLocals.ts'
import type { UsersPages } from './usersLocals.ts'

export interface ConsolePages extends ActPages, AuditPages, UserPages, UsersPages {
  settings: object
}
