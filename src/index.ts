/**
 * The package. Start with `createRekey(options)`:
 *
 *   const rekey = await createRekey({ issuer, store, directory, mail, keys })
 *   const provider = new Provider(issuer, rekey.configuration(hostConfiguration))
 *   await rekey.attach(provider)
 *   app.use(rekey.routes())
 */
import { limitHostCalls } from './hostCalls.ts'
import { completeOptions, type RekeyOptions } from './options.ts'
import type { Rekey } from './plugin.ts'
import { assembleRekey } from './rekey.ts'
import { requireNode } from './nodeVersion.ts'

export type { RekeyOptions } from './options.ts'
export type * from './plugin.ts'
export type {
  AccountStatus,
  App,
  AuditEvent,
  AuditLog,
  AuditQuery,
  Authenticated,
  Brand,
  Clock,
  DirectoryPerson,
  Email,
  HostDirectory as Directory,
  LimitEvent,
  Mailer,
  ManagementScope,
  NewPerson,
  PasswordAttempt,
  PasswordSetting,
  PeopleQuery,
  Person,
  PersonChanges,
  Role,
} from './ports.ts'
export type { Artefact, Artefacts, Counters, Journal, Profiles, Records, Store } from './store/store.ts'
export type { AuditType } from './core/effect.ts'
export type { ResetView as Reset } from './core/resetView.ts'
export type { FactorState } from './core/questions.ts'
export type { ResetOutcome } from './core/resetOutcomes.ts'
export type { Refusal } from './core/refusal.ts'
export type { Rules } from './core/rules.ts'
export type { SealingKey } from './crypto/sealing.ts'
export type { Pages } from './http/pages/locals.ts'
export type { Proven } from './oidc/claims.ts'
export type { AuditExport, ExportSpan } from './accounts/auditExport.ts'
export type { EndedAfterBackup, RestoredAccount } from './core/restored.ts'
export type { Adopted, AdoptOptions, AdoptRefusal, AdoptReport } from './service/adoption.ts'
export type { Facts } from './oidc/loginResult.ts'
export type { ClientRefusal } from './oidc/staticClients.ts'
export type { Principal, TokenRequirement } from './oidc/bearer.ts'
export * from './errors.ts'

/** @throws Error on a Node.js older than 22.13; OptionsRefused with every invalid option; StoreUnavailable */
export async function createRekey(given: RekeyOptions): Promise<Rekey> {
  requireNode(process.versions.node)
  const options = completeOptions(given)
  await options.store.ping()
  return limitHostCalls(assembleRekey(options))
}
