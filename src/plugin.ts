/** What `createRekey()` gives to a host. No type here names Koa: a host may have another version of it, or none. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientMetadata, Configuration, Grant, InteractionResults, Provider } from 'oidc-provider'
import type { FactorState } from './core/questions.ts'
import type { Refusal } from './core/refusal.ts'
import type { Finding } from './errors.ts'
import type { ResetView as Reset } from './core/resetView.ts'
import type { Pages } from './http/pages/locals.ts'
import type { Principal, TokenRequirement } from './oidc/bearer.ts'
import type { Facts } from './oidc/loginResult.ts'
import type { Policy } from './oidc/policy.ts'
import type { ClientRefusal } from './oidc/staticClients.ts'
import type { AuditExport, ExportSpan } from './accounts/auditExport.ts'
import type { EndedAfterBackup, RestoredAccount } from './core/restored.ts'
import type { Adopted, AdoptOptions, AdoptReport } from './service/adoption.ts'

/** What we use of a Koa context, which is that of every Koa. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

export type KoaMiddleware = (ctx: KoaContext, next: () => Promise<unknown>) => Promise<unknown>

/** Takes the request of any framework. */
export interface TokenGuard {
  (req: IncomingMessage, res: ServerResponse): Promise<Principal | null>
  (ctx: KoaContext): Promise<Principal | null>
}

export interface ResetRequest {
  readonly accountId: string
  /** Account id of the actor, for the audit; null: the command line. */
  readonly by: string | null
  readonly reason?: string | null
}

export type ResetResult =
  /** `passwordByEmailAt`: when a mailed link set the password that signs in now; null: none did. */
  | { readonly is: 'reset'; readonly reset: Reset; readonly passwordByEmailAt: number | null }
  | { readonly is: 'refused'; readonly refusal: Refusal }

/** What is known of an account's second factor. Times are epoch seconds. */
export interface SecondFactor {
  readonly state: FactorState
  /** When it was set up; null: there is none that works. */
  readonly since: number | null
  readonly lastUsedAt: number | null
  /** Backup codes that were not used. */
  readonly codesRemaining: number
  /** The newest; null: there was none. */
  readonly reset: Reset | null
}

export interface WantedGrant {
  readonly accountId: string
  readonly clientId: string
  /** When the second factor was proven, epoch seconds. Default null: tokens of the grant are no step-up. */
  readonly secondFactorAt?: number | null
}

export interface Rekey {
  /** Extends a host's configuration. */
  configuration(host: Configuration): Configuration
  /**
   * Call it before the provider's first request, and await it before the application listens. Starts the worker that dispatches what an
   * earlier process left in the outbox. While a fatal finding stands, our pages answer 503.
   * @returns findings that are not fatal
   * @throws MountRefused
   */
  attach(provider: Provider): Promise<Finding[]>
  /**
   * Replaces the static `clients` of the provider without a restart, in this process: all, or none where one is refused. Tokens of a client
   * that is left out are refused at once. With `previous_client_secret` a client has two secrets while one is being replaced.
   * @returns what the provider refuses; then nothing has changed
   * @throws NotAttached
   */
  setClients(clients: readonly ClientMetadata[]): Promise<ClientRefusal[]>
  /** Runs all checks of `attach` again. @throws NotAttached */
  doctor(): Promise<Finding[]>
  /**
   * Koa middleware with every page and call of ours, anywhere before the provider. Until `attach()` each answers 503. What is behind it
   * keeps its own errors.
   */
  routes(): KoaMiddleware
  /**
   * The same for Node.js, Express, Fastify and others, before or after body parsers. Without `next` another address is answered with 404.
   */
  callback(): (req: IncomingMessage, res: ServerResponse, next?: () => void) => void
  /**
   * Koa middleware with security headers for a host that has none: our pages have them in any case. On every other page it forbids inline
   * scripts and styles, content of other origins, frames, and forms that lead to another origin.
   */
  protect(): KoaMiddleware
  /**
   * The result with a stamp for a host's own sign-in page. Counts as the password where a reset needs both proofs. Facts from before the
   * last reset, set-up or end of sessions prove nothing: the login prompt appears again.
   *
   * @param browser request and response of the page that accepted the password: a cookie binds the sign-in to this browser. Without them
   *   any browser with the cookies of the interaction can continue it, one that an attacker prepared included.
   * @throws TypeError that names a time which is not whole seconds within a day of the clock
   * @throws MountRefused while nothing is known of the factors that people have elsewhere
   */
  loginResult(
    accountId: string,
    facts: Omit<Facts, 'accountId' | 'epoch' | 'since'>,
    browser?: { readonly req: IncomingMessage; readonly res: ServerResponse },
  ): Promise<InteractionResults>
  /**
   * A grant for what host code allows (token exchange, CIBA, impersonation), not saved yet. It ends with everything proven before a reset.
   * @throws UnknownAccount
   */
  newGrant(wanted: WantedGrant): Promise<Grant>
  /** What `configuration` puts into `interactions.policy`; a policy that has it is taken as it is. Default base: the library's. */
  policy(base?: Policy): Policy
  /** RFC 9470 guard for a host's own API: the person behind the token, or null when the answer is already given. */
  requireToken(required: TokenRequirement): TokenGuard
  /** Resets without a step-up, which is the caller's duty. */
  reset(request: ResetRequest): Promise<ResetResult>
  /** State of an account's second factor; null: no such account in the directory. */
  state(accountId: string): Promise<SecondFactor | null>
  /**
   * Imports authenticators enrolled elsewhere, before or after `secondFactorSince` is set; the accounts need not be in the directory yet.
   * Ends nothing and sends no email. A row that cannot be imported is in the report. A repeated call changes nothing.
   * @throws StoreUnavailable
   */
  adopt(accounts: Iterable<Adopted> | AsyncIterable<Adopted>, options?: AdoptOptions): Promise<AdoptReport>
  /**
   * Re-encrypts an account's seals under the newest of `keys`; false: there was nothing to do. Remove an old key after this was called for
   * every account. @throws Unsealable when the key of a seal is not in `keys`
   */
  reseal(accountId: string): Promise<boolean>
  /**
   * Call it when your application deletes a person: ends everything of the account for ever, also of one that is not known here. The id is
   * refused from then on, so never give it to another person. Calls `directory.remove`, if there is one. May be repeated.
   *
   * @param by account id of the acting person, for the audit. Default null: the command line or the application itself
   */
  forget(accountId: string, by?: string | null): Promise<void>
  /** Raises the epoch: call it when an account is disabled or its password changed. */
  endSessions(accountId: string, because: 'disabled' | 'password-changed' | 'asked', by: string | null): Promise<void>
  /**
   * Lines of the audit as `GET /audit-events` exports them, newest first, each with its line end. `finish()` when they are stored safely:
   * with `keepAudit.onlyExported` they may be removed here from then on, and the next export begins there.
   *
   * @param span seconds, both included. Default: from the end of the last export to five minutes ago, which gets no further line
   */
  exportAudit(span?: ExportSpan): Promise<AuditExport<string>>
  /**
   * After the store was restored from a backup: call it for every account before the first request, with what the audit says was ended since.
   * Raises the epoch and cancels every mailed link in any case. A repeated call does what is missing.
   * @throws StoreUnavailable
   */
  restored(accountId: string, ended: EndedAfterBackup): Promise<RestoredAccount>
  /** Writes the line `service.restored`, once for each id. */
  noteRestored(restore: string, reason: string): Promise<void>
  /**
   * Call it when the process begins to stop, before its server waits for running requests: those that wait for a change of a reset are
   * answered at once, and from now on none waits. May be repeated.
   */
  endWaiting(): void
  /** Call it at shutdown, before closing the store: as `endWaiting`, stops the worker, then as `idle`. */
  close(): Promise<void>
  /** Resolves when no work begun in this process is in flight. */
  idle(): Promise<void>
  /** Answers with one of our pages, in the language of the request. */
  render<K extends keyof Pages>(ctx: KoaContext, status: number, name: K, page: Pages[K]): void
  /** Answers 404 with our page. Below the addresses of the console and of the own account it stays in their frame. */
  notFound(ctx: KoaContext): Promise<void>
}
