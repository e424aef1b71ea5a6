/**
 * FRONT DOOR: `createRekey(options)`. Wires the rooms and the sinks of effects; holds no rules.
 *
 *   const rekey = await createRekey({ issuer, store, directory, mail, keys })
 *   const provider = new Provider(issuer, rekey.configuration(hostConfiguration))
 *   rekey.attach(provider)
 *   app.use(rekey.routes())
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Configuration, InteractionResults, Provider } from 'oidc-provider'
import type { Context, Middleware } from 'koa'
import { observed, storedAudit } from './accounts/audit.ts'
import type { Account, Reset } from './core/account.ts'
import { requiredProofs } from './core/proofs.ts'
import { factorState, type FactorState } from './core/questions.ts'
import { areCurrent } from './core/signInFacts.ts'
import type { Caller } from './core/command.ts'
import type { Refusal } from './core/refusal.ts'
import { createSealing } from './crypto/sealing.ts'
import { clientSecret, newId, newToken } from './crypto/tokens.ts'
import { createEffects, type Effects } from './accounts/effects.ts'
import { createAnonymousWrites } from './http/anonymousWrites.ts'
import { answer, type PageName } from './http/respond.ts'
import { callerOf, type Services } from './http/context.ts'
import type { Pages } from './http/pages/locals.ts'
import { createForms } from './http/formTokens.ts'
import { createProviderPages } from './http/providerPages.ts'
import { sendOnAsGet } from './http/postedRequests.ts'
import { protect } from './http/securityHeaders.ts'
import { mountRoutes } from './http/mount.ts'
import { createSignInBrowsers } from './http/signInBrowsers.ts'
import { requireToken, type TokenRequirement } from './http/requireToken.ts'
import { beginSignIn } from './http/startAgain.ts'
import { createViews } from './http/pages/render.ts'
import { createEnrolments } from './service/enrolment.ts'
import { createLimiter } from './limiter.ts'
import { templates } from './mail/templates.ts'
import { createSender } from './mail/sender.ts'
import { startWorker, type Worker } from './accounts/worker.ts'
import { SIGN_IN_SECONDS } from './oidc/anonymous.ts'
import { createApplications } from './oidc/applications.ts'
import { createTokenVerifier, type Principal } from './oidc/bearer.ts'
import { createClientLogout } from './oidc/clientLogout.ts'
import { createClientTrust } from './oidc/clientTrust.ts'
import { hasPageOfOurs, managementResource, wrapConfiguration } from './oidc/configuration.ts'
import { forgetBrowsers } from './oidc/browser.ts'
import { widenSession } from './oidc/internals.ts'
import { checkedFacts } from './oidc/hostTimes.ts'
import { createInteractions, type Facts, loginResult } from './oidc/interactions.ts'
import { clientOfIdToken } from './oidc/logoutHint.ts'
import { firstPartyClientId } from './oidc/firstPartyClients.ts'
import { createFirstPartySignIns } from './oidc/firstPartySignIn.ts'
import { createRevocation } from './oidc/revocation.ts'
import { createSessions } from './oidc/sessions.ts'
import { type OnSignInEvent, watchSignIns } from './oidc/signInEvents.ts'
import { NO_EPOCH } from './oidc/stamp.ts'
import { createPasswordRequests } from './passwordRequests.ts'
import { type RekeyOptions, completeOptions } from './options.ts'
import { managementScopes } from './ports.ts'
import { createAccounts } from './accounts/accounts.ts'
import { createSignInLog } from './accounts/signInLog.ts'
import { words } from './i18n/messages.ts'
import { chooseLanguage } from './i18n/negotiation.ts'

export type { RekeyOptions } from './options.ts'
export type * from './ports.ts'
export type { Account, Reset } from './core/account.ts'
export type { FactorState } from './core/questions.ts'
export type { Refusal } from './core/refusal.ts'
export type { Facts, Proven } from './oidc/interactions.ts'
export type { TokenRequirement } from './http/requireToken.ts'
export type { LimitEvent } from './limiter.ts'
export type { Principal } from './oidc/bearer.ts'
export { MailRefused } from './ports.ts'
export { StoreUnavailable, type Store } from './store/store.ts'

export interface ResetRequest {
  readonly accountId: string
  /** Account id of who asks, for the audit; null: the command line. */
  readonly by: string | null
  readonly reason?: string | null
}

export type ResetResult =
  { readonly is: 'reset'; readonly reset: Reset } | { readonly is: 'refused'; readonly refusal: Refusal }

export interface Adopted {
  readonly id: string
  /** Base32, of a time-based code: SHA-1, 6 digits, 30 s. */
  readonly secret: string
  /** In place of what the account has: one audited reset. Default false: an account that has a factor is refused. */
  readonly replace?: boolean
}

export interface Rekey {
  /** Wraps a host's configuration, never replaces it. */
  configuration(host: Configuration): Configuration
  /** Before the provider's first request. */
  attach(provider: Provider): void
  /** Koa middleware with every page and call of ours. */
  routes(): Middleware
  /** Koa middleware with the headers every page should have, the provider's own included. */
  protect(): Middleware
  /**
   * For a host's own sign-in page: a finished result that carries its stamp. Counts as the password where a way back takes both proofs.
   * Times are whole seconds within a day of the clock, else it throws a TypeError that names the one. Facts from before the last reset, set-up or end of sessions prove nothing: resuming with them leads to the login prompt again.
   * `browser`: request and response of the page that accepted the password. They tie the sign-in to this browser: a cookie is set, and only
   * a browser that shows it can go on. Without them any browser that has the cookies of the interaction can, a planted one included.
   */
  loginResult(
    accountId: string,
    facts: Omit<Facts, 'accountId' | 'epoch' | 'since'>,
    browser?: { readonly req: IncomingMessage; readonly res: ServerResponse },
  ): Promise<InteractionResults>
  /** RFC 9470 guard for a host's own API: the person behind the token, or null when the answer is already given. */
  requireToken(required: TokenRequirement): (ctx: Context) => Promise<Principal | null>
  /** Resets without a step-up: that is the caller's to have done. */
  reset(request: ResetRequest): Promise<ResetResult>
  /** What is known of an account's second factor; null: the directory knows nobody of this id. */
  state(accountId: string): Promise<{ readonly state: FactorState; readonly account: Account } | null>
  /** Takes over authenticators enrolled elsewhere; the record is there before the directory needs to know the account. */
  adopt(accounts: Iterable<Adopted>): Promise<void>
  /**
   * Seals anew under the newest of `keys` what is kept of an account under older ones; false: nothing was. An old key may go when every
   * account has been through it. @throws Unsealable when the key of something is not there any more
   */
  reseal(accountId: string): Promise<boolean>
  /** Ends whatever was proven before: call it when an account is disabled or its password changed. */
  endSessions(accountId: string, because: 'disabled' | 'password-changed' | 'asked', by: string | null): Promise<void>
  /** Starts settling what is owed from earlier; stop it before closing the store. */
  work(): Worker
  /** Resolves when what was begun here is settled, or put off until later. */
  idle(): Promise<void>
  /** Answers with one of our pages, in the reader's language. */
  render<K extends PageName>(ctx: Context, status: number, name: K, page: Pages[K]): void
}

export async function createRekey(given: RekeyOptions): Promise<Rekey> {
  const options = completeOptions(given)
  const { issuer, base, secure, store, directory, clock, rules, brand, keys, onError } = options
  await store.ping()
  const assurance = { ...options.acr, required: options.required }
  const audit = observed(options.audit ?? storedAudit(store.journal('audit')), options.onAudit)
  const idKey = keys.at(-1)?.key
  if (!idKey) throw new TypeError('keys: at least one')
  const { onAuditDropped: onDropped } = options
  const signInLog = createSignInLog({ audit, directory, clock, idKey, onDropped, onError })

  let attached: Provider | undefined
  let signInSeconds = SIGN_IN_SECONDS
  const provider = (): Provider => {
    if (!attached) throw new Error('attach(provider) first')
    return attached
  }

  const own = {
    issuer,
    service: brand.name,
    secretOf: (clientId: string) => clientSecret(idKey, clientId),
    apps: options.apps,
  }
  const trust = createClientTrust(options)
  const browserSealing = createSealing(keys, 'browser')
  const clientLogout = createClientLogout(provider, onError)
  const revocation = createRevocation(store.artefacts, clientLogout)
  const { count } = revocation
  const accounts = createAccounts({
    records: store.records,
    directory,
    clock,
    rules,
    onError,
    effects: () => effects,
  })
  const enrolments = createEnrolments({
    accounts,
    sealing: createSealing(keys, 'record'),
    artefacts: store.artefacts,
    clock,
    rules,
    linkBases: {
      reset: `${issuer}/two-factor/reset`,
      invitation: `${issuer}/invitation`,
      password: `${issuer}/password`,
    },
    directory,
    idKey,
    count,
  })
  const languageFor = (locale: string | null): string =>
    chooseLanguage({ account: locale, available: options.languages, fallback: options.languages[0] ?? 'en' })
  const wordsFor = (locale: string | null) => words(languageFor(locale))
  const stateOf = async (accountId: string): Promise<FactorState> => {
    const account = await accounts.get(accountId)
    return account ? factorState(account, rules) : 'none'
  }
  const notifyFactor = async (accountId: string): Promise<void> =>
    directory.factorChanged?.(accountId, () => stateOf(accountId))
  const effects: Effects = createEffects({
    audit,
    directory,
    notifyFactor,
    post: createSender(options.mail, templates({ issuer, brand, words: wordsFor })),
    proofsOf: (account, { roles }, now) => requiredProofs(account, roles, rules, now),
    openLink: enrolments.openSealedLink,
    openPassword: enrolments.openPassword,
    purge: revocation.purge,
    onError,
  })

  const later = new Set<Promise<unknown>>()
  const afterwards: Services['afterwards'] = (work, doing) => {
    // In another turn: what it does at once would be done before the answer leaves.
    const run = nextTurn()
      .then(work)
      .catch((error: unknown) => onError(error, doing))
      .finally(() => later.delete(run))
    later.add(run)
  }

  const browsers = createSignInBrowsers({ secure, base })
  // Known once the host has given its configuration: before that there is no sign-in.
  let hasPage = (_prompt: string): boolean => false
  const sessions = createSessions({ artefacts: store.artefacts, clock, provider, clientLogout })
  const passwordRequests = createPasswordRequests({
    artefacts: store.artefacts,
    directory,
    clock,
    send: enrolments.sendPasswordLink,
    onError,
  })
  const due: typeof store.records.due = async (...request) => {
    await passwordRequests.answer()
    return store.records.due(...request)
  }
  const services: Services = {
    ...options,
    audit,
    signInLog,
    passwordRequests,
    limiter: createLimiter({ counters: store.counters, key: idKey }),
    twoFactorAcr: assurance.twoFactor,
    managementResource: managementResource(issuer),
    accounts,
    enrolments,
    notifyFactor,
    afterwards,
    count,
    sessions,
    applications: createApplications(store.artefacts, sessions, options.apps.map(firstPartyClientId)),
    browsers,
    interactions: createInteractions(provider, {
      assurance,
      browsers,
      hasPage: (prompt) => hasPage(prompt),
      state: () => signInSeconds,
      clock,
      clientLogout,
      onReplaced: ({ device, ...session }) =>
        signInLog.record({
          ...session,
          type: 'signed_out',
          reason: 'replaced',
          caller: { requestId: null, address: null, device },
        }),
    }),
    bearer: createTokenVerifier(
      provider,
      directory,
      (clientId, resource, scope) => resource !== managementResource(issuer) || trust.scopesOf(clientId).has(scope),
    ),
    firstPartySignIns: createFirstPartySignIns({ ...own, provider, twoFactorAcr: assurance.twoFactor }),
    sealing: browserSealing,
    forms: createForms({ sealing: browserSealing, clock, issuer, base, secure }),
    views: createViews({ brand, base, languages: options.languages, own: options.viewsDirectory }),
  }

  const onSignInEvent: OnSignInEvent = (ctx, event) => signInLog.record({ ...event, caller: callerOf(ctx, null) })
  const writes = createAnonymousWrites(services, options.anonymousWritesPerMinute)
  const byHost = (actor: string | null): Caller => ({ actor, requestId: null, address: null })

  return {
    configuration(host) {
      hasPage = (prompt) => hasPageOfOurs(host, prompt)
      if (typeof host.ttl?.Interaction === 'number') signInSeconds = host.ttl.Interaction
      return wrapConfiguration(
        {
          issuer,
          artefacts: store.artefacts,
          clock,
          directory,
          assurance,
          getStored: accounts.getStored,
          onSignInEvent,
          checksPasswords: enrolments.checksPasswords,
          browsers,
          interactionUrl: (ctx, interaction) => beginSignIn(services, ctx, interaction),
          management: {
            scope: managementScopes.join(' '),
            audience: managementResource(issuer),
            accessTokenFormat: 'opaque',
            accessTokenTTL: options.managementTokenSeconds,
          },
          pages: createProviderPages(services),
          writes,
          own,
          trust,
        },
        host,
      )
    },
    attach(host) {
      widenSession(host)
      watchSignIns(host, onSignInEvent)
      host.use(
        sendOnAsGet(services, () => ({
          authorization: new URL(provider().urlFor('authorization')).pathname,
          endSession: new URL(provider().urlFor('end_session')).pathname,
          clientOfIdToken: (hint) => clientOfIdToken(provider(), hint),
        })),
      )
      host.use(createProviderPages(services).redirects)
      forgetBrowsers(host, browsers)
      attached = host
    },
    routes: () => mountRoutes(services),
    protect: () => protect({ secure }),
    async loginResult(accountId, said, browser) {
      const facts = checkedFacts(said, clock.now())
      const account = await accounts.getOrCreate(accountId)
      if (!account) throw new TypeError(`no account ${JSON.stringify(accountId)}`)
      const { authenticatedAt, proven } = facts
      const isCurrent = areCurrent(account, { authenticatedAt, provenAt: proven?.at ?? null })
      const bound = browser ? await services.interactions.bind(browser.req, browser.res, newToken().reveal()) : null
      const epoch = isCurrent ? account.epoch : NO_EPOCH
      return loginResult({ ...facts, accountId, epoch, browser: bound }, assurance)
    },
    requireToken: (required) => (ctx) => requireToken(services, ctx, required),
    async reset({ accountId, by, reason = null }) {
      const target = await directory.find(accountId)
      if (!target) return { is: 'refused', refusal: { is: 'not-enrolled' } }
      const id = newId()
      const outcome = await enrolments.startReset({ id, target, reason, by: byHost(by) })
      if (outcome.is === 'refused') return outcome
      const reset = outcome.account.resets.find((item) => item.id === id)
      return reset ? { is: 'reset', reset } : { is: 'refused', refusal: { is: 'reset-not-found' } }
    },
    async state(accountId) {
      const account = await accounts.get(accountId)
      return account && { state: factorState(account, rules), account }
    },
    reseal: async (accountId) => (await enrolments.reseal(accountId)).is === 'done',
    async adopt(authenticators) {
      for (const { id, secret, replace = false } of authenticators) {
        const outcome = await enrolments.adopt(id, secret, replace, byHost(null))
        if (outcome.is === 'refused') throw new Error(`${id}: ${outcome.refusal.is}`)
      }
    },
    async endSessions(accountId, because, by) {
      await enrolments.endSessions(accountId, because, byHost(by))
    },
    work: () => startWorker({ due, accounts, clock, onError }),
    async idle() {
      await passwordRequests.answer()
      await Promise.all(later)
      await accounts.idle()
      await signInLog.flush()
    },
    render: (ctx, status, name, page) => answer(services, ctx, status, name, page),
  }
}
