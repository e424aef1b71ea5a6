/** What `createRekey()` gives to a host. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context, Middleware } from 'koa'
import type { Configuration, Grant, InteractionResults, Provider } from 'oidc-provider'
import { startWorker, type Worker } from './accounts/worker.ts'
import type { Account, Reset } from './core/account.ts'
import type { Caller } from './core/command.ts'
import { factorState, type FactorState } from './core/questions.ts'
import type { Refusal } from './core/refusal.ts'
import { areCurrent } from './core/signInFacts.ts'
import { newId, newToken } from './crypto/tokens.ts'
import { createAnonymousWrites } from './http/anonymousWrites.ts'
import { callerOf } from './http/context.ts'
import { mountRoutes } from './http/mount.ts'
import type { Pages } from './http/pages/locals.ts'
import { sendOnAsGet } from './http/postedRequests.ts'
import { createProviderPages } from './http/providerPages.ts'
import { requireToken, type TokenRequirement } from './http/requireToken.ts'
import { answer, type PageName } from './http/respond.ts'
import { protect } from './http/securityHeaders.ts'
import { beginSignIn } from './http/startAgain.ts'
import type { Principal } from './oidc/bearer.ts'
import { forgetBrowsers } from './oidc/browser.ts'
import { policyOptions, wrapConfiguration } from './oidc/configuration.ts'
import { hostGrant } from './oidc/grants.ts'
import { checkedFacts, checkedTime } from './oidc/hostTimes.ts'
import { widenSession } from './oidc/internals.ts'
import { type Facts, loginResult } from './oidc/loginResult.ts'
import { readLogoutHint } from './oidc/logoutHint.ts'
import { managementResource } from './oidc/resources.ts'
import { type OnSignInEvent, watchSignIns } from './oidc/signInEvents.ts'
import { NO_EPOCH } from './oidc/stamp.ts'
import type { CompleteOptions } from './options.ts'
import { UnknownAccount } from './errors.ts'
import { type Policy, withTwoFactor } from './oidc/policy.ts'
import { managementScopes } from './ports.ts'
import { issueReset } from './service/resets.ts'
import { wire } from './wiring.ts'

export interface ResetRequest {
  readonly accountId: string
  /** Account id of the actor, for the audit; null: the command line. */
  readonly by: string | null
  readonly reason?: string | null
}

export type ResetResult =
  { readonly is: 'reset'; readonly reset: Reset } | { readonly is: 'refused'; readonly refusal: Refusal }

export interface WantedGrant {
  readonly accountId: string
  readonly clientId: string
  /** When the second factor was proven, epoch seconds. Default null: tokens of the grant are no step-up. */
  readonly secondFactorAt?: number | null
}

export interface Adopted {
  readonly id: string
  /** Base32; TOTP with SHA-1, 6 digits, 30 s. */
  readonly secret: string
  /** Replaces the account's factor by one audited reset. Default false: an account with a factor is refused. */
  readonly replace?: boolean
}

export interface Rekey {
  /** Extends a host's configuration. */
  configuration(host: Configuration): Configuration
  /** Call it before the provider's first request. */
  attach(provider: Provider): void
  /** Koa middleware with every page and call of ours. */
  routes(): Middleware
  /** Koa middleware with the headers every page should have, the provider's own included. */
  protect(): Middleware
  /**
   * The result with a stamp for a host's own sign-in page. Counts as the password where a reset needs both proofs. Facts from before the
   * last reset, set-up or end of sessions prove nothing: the login prompt appears again.
   *
   * @param browser request and response of the page that accepted the password: a cookie binds the sign-in to this browser. Without them
   *   any browser with the cookies of the interaction can continue it, one that an attacker prepared included.
   * @throws TypeError that names a time which is not whole seconds within a day of the clock
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
  requireToken(required: TokenRequirement): (ctx: Context) => Promise<Principal | null>
  /** Resets without a step-up, which is the caller's duty. */
  reset(request: ResetRequest): Promise<ResetResult>
  /** State of an account's second factor; null: no such account in the directory. */
  state(accountId: string): Promise<{ readonly state: FactorState; readonly account: Account } | null>
  /** Imports authenticators enrolled elsewhere; the account need not be in the directory yet. */
  adopt(accounts: Iterable<Adopted>): Promise<void>
  /**
   * Re-encrypts an account's seals under the newest of `keys`; false: there was nothing to do. Remove an old key after this was called for
   * every account. @throws Unsealable when the key of a seal is not in `keys`
   */
  reseal(accountId: string): Promise<boolean>
  /** Raises the epoch: call it when an account is disabled or its password changed. */
  endSessions(accountId: string, because: 'disabled' | 'password-changed' | 'asked', by: string | null): Promise<void>
  /** Starts to dispatch outbox entries that an earlier process left; stop it before closing the store. */
  work(): Worker
  /** Resolves when no work begun in this process is in flight. */
  idle(): Promise<void>
  /** Answers with one of our pages, in the language of the request. */
  render<K extends PageName>(ctx: Context, status: number, name: K, page: Pages[K]): void
}

type Wired = ReturnType<typeof wire>

export function assembleRekey(options: CompleteOptions): Rekey {
  const wired = wire(options)
  return { ...providerParts(options, wired), ...accountParts(options, wired), ...workParts(options, wired) }
}

function providerParts(
  options: CompleteOptions,
  { services, firstPartyClients, trust, attachment, assurance, signInLog }: Wired,
): Pick<Rekey, 'configuration' | 'policy' | 'attach' | 'routes' | 'protect' | 'requireToken' | 'render'> {
  const { issuer, secure } = options
  const onSignInEvent: OnSignInEvent = (ctx, event) => signInLog.record({ ...event, caller: callerOf(ctx, null) })
  const writes = createAnonymousWrites(services, options.anonymousWritesPerMinute)
  const pages = createProviderPages(services)
  const oidcOptions: Omit<Parameters<typeof wrapConfiguration>[0], 'adapterOf'> = {
    ...services,
    assurance,
    getStored: services.accounts.getStored,
    onSignInEvent,
    checksPasswords: services.passwords.checksPasswords,
    interactionUrl: (ctx, interaction) => beginSignIn(services, ctx, interaction),
    management: {
      scope: managementScopes.join(' '),
      audience: managementResource(issuer),
      accessTokenFormat: 'opaque',
      accessTokenTTL: options.managementTokenSeconds,
    },
    pages,
    writes,
    firstPartyClients,
    trust,
  }
  return {
    configuration(host) {
      const { adapterOf } = attachment.configure(host)
      return wrapConfiguration({ ...oidcOptions, adapterOf }, host)
    },
    attach(provider) {
      widenSession(provider)
      watchSignIns(provider, onSignInEvent)
      const pathOf = (route: string): string => new URL(provider.urlFor(route)).pathname
      provider.use(
        sendOnAsGet(services, () => ({
          authorization: pathOf('authorization'),
          endSession: pathOf('end_session'),
          readLogoutHint: (hint) => readLogoutHint(provider, hint),
        })),
      )
      provider.use(pages.redirects)
      forgetBrowsers(provider, services.browsers)
      attachment.attach(provider)
    },
    policy: (base) => withTwoFactor(base, policyOptions(oidcOptions, attachment.configuration())),
    routes: () => mountRoutes(services),
    protect: () => protect({ secure }),
    requireToken: (required) => (ctx) => requireToken(services, ctx, required),
    render: (ctx, status, page, locals) => answer(services, ctx, { status, page, locals }),
  }
}

const byHost = (actor: string | null): Caller => ({ actor, requestId: null, address: null })

function accountParts(
  { clock, directory, rules }: CompleteOptions,
  { services, assurance, attachment }: Wired,
): Pick<Rekey, 'loginResult' | 'newGrant' | 'reset' | 'state' | 'reseal' | 'adopt' | 'endSessions'> {
  const { accounts, enrolments, interactions, sealed, signIns } = services
  return {
    async loginResult(accountId, given, browser) {
      const facts = checkedFacts(given, clock.now())
      const account = await accounts.getOrCreate(accountId)
      if (!account) throw new UnknownAccount(accountId)
      const { authenticatedAt, proven } = facts
      const isCurrent = areCurrent(account, { authenticatedAt, provenAt: proven?.at ?? null })
      const bound = browser ? await interactions.bind(browser.req, browser.res, newToken().reveal()) : null
      const epoch = isCurrent ? account.epoch : NO_EPOCH
      return loginResult({ ...facts, accountId, epoch, browser: bound }, assurance)
    },
    async newGrant({ accountId, clientId, secondFactorAt = null }) {
      const account = await accounts.getOrCreate(accountId)
      if (!account) throw new UnknownAccount(accountId)
      const at = secondFactorAt === null ? null : checkedTime('secondFactorAt', secondFactorAt, clock.now())
      return hostGrant(attachment.provider(), { accountId, epoch: account.epoch, at }, clientId)
    },
    async reset({ accountId, by, reason = null }) {
      const target = await directory.find(accountId)
      if (!target) return { is: 'refused', refusal: { is: 'not-enrolled' } }
      const id = newId()
      const request = { id, target, account: await accounts.get(target.id), reason, by: byHost(by) }
      const outcome = await issueReset(services, request)
      if (outcome.is === 'refused') return outcome
      const reset = outcome.account.resets.find((item) => item.id === id)
      return reset ? { is: 'reset', reset } : { is: 'refused', refusal: { is: 'reset-not-found' } }
    },
    async state(accountId) {
      const account = await accounts.get(accountId)
      return account && { state: factorState(account, rules), account }
    },
    reseal: async (accountId) => (await sealed.reseal(accountId)).is === 'done',
    async adopt(authenticators) {
      for (const { id, secret, replace = false } of authenticators) {
        const outcome = await enrolments.adopt(id, secret, replace, byHost(null))
        if (outcome.is === 'refused') throw new Error(`${id}: ${outcome.refusal.is}`)
      }
    },
    async endSessions(accountId, because, by) {
      await signIns.endSessions(accountId, because, byHost(by))
    },
  }
}

function workParts(
  { store, clock, onError }: CompleteOptions,
  { services: { accounts, passwordRequests }, background, signInLog }: Wired,
): Pick<Rekey, 'work' | 'idle'> {
  return {
    work() {
      const due: typeof store.records.due = async (...request) => {
        await passwordRequests.answer()
        return store.records.due(...request)
      }
      return startWorker({ due, accounts, clock, onError })
    },
    async idle() {
      await passwordRequests.answer()
      await background.done()
      await accounts.idle()
      await signInLog.flush()
    },
  }
}
