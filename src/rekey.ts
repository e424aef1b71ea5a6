/** What `createRekey()` gives to a host, put together. Its types are in plugin.ts. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context, Middleware } from 'koa'
import { exportAudit } from './accounts/auditExport.ts'
import { createAttaching } from './attach.ts'
import type { Account } from './core/account.ts'
import type { Caller } from './core/command.ts'
import { passwordByEmailAt } from './core/proofs.ts'
import { codesRemaining, factorState, isDeleted } from './core/questions.ts'
import { viewReset } from './core/resetView.ts'
import type { Rules } from './core/rules.ts'
import { areCurrent } from './core/signInFacts.ts'
import { newId, newToken } from './crypto/tokens.ts'
import { createAnonymousWrites } from './http/anonymousWrites.ts'
import { callerOf } from './http/context.ts'
import { createCallback } from './http/callback.ts'
import { mountRoutes, type Routing } from './http/mount.ts'
import { createProviderPages } from './http/providerPages.ts'
import { shownEvent } from './http/representations.ts'
import { requireToken } from './http/requireToken.ts'
import { answerNotFound } from './http/errorHandler.ts'
import { answer } from './http/respond.ts'
import { protect } from './http/securityHeaders.ts'
import { signInPath } from './http/paths.ts'
import { hasLogOutPage, policyOptions, wrapConfiguration } from './oidc/configuration.ts'
import { hostGrant } from './oidc/grants.ts'
import { checkedFacts, checkedTime } from './oidc/hostTimes.ts'
import { isOfThisCopy } from './oidc/inspection.ts'
import { loginResult } from './oidc/loginResult.ts'
import { managementResource } from './oidc/resources.ts'
import type { OnSignInEvent } from './oidc/signInEvents.ts'
import { preparedKeys } from './oidc/providerCookies.ts'
import { NO_EPOCH } from './oidc/stamp.ts'
import type { CompleteOptions } from './options.ts'
import { StoreUnavailable, UnknownAccount } from './errors.ts'
import { withTwoFactor } from './oidc/policy.ts'
import type { KoaContext, KoaMiddleware, Rekey, SecondFactor } from './plugin.ts'
import { managementScopes } from './ports.ts'
import { restoreAccount, restoredLine } from './service/restoration.ts'
import { issueReset } from './service/resets.ts'
import { requestStore } from './store/requestStore.ts'
import { wire } from './wiring.ts'

type Wired = ReturnType<typeof wire>

export function assembleRekey(complete: CompleteOptions): Rekey {
  const options = { ...complete, store: requestStore(complete.store) }
  const wired = wire(options)
  const { attachment, doctor, existingFactors, services } = wired
  const routing = mountRoutes(services, async () => {
    doctor.noteReached()
    attachment.provider()
    await existingFactors.require()
    doctor.requireSound()
  })
  const { stop, ...provider } = providerParts(options, wired, routing)
  const work = workParts(wired)
  const accounts = accountParts(options, wired)
  return {
    ...provider,
    ...pageParts(options, wired, routing),
    ...accounts,
    async adopt(...given) {
      const report = await accounts.adopt(...given)
      if (doctor.stands('factors')) await provider.doctor()
      return report
    },
    ...endingParts(services),
    restored: (id, ended) => restoreAccount(services, id, ended),
    noteRestored: (id, reason) =>
      services.audit.append(restoredLine(id, reason, options.clock.now()), { durable: true }),
    exportAudit: (span = {}) =>
      exportAudit({ ...options.store, ...services }, span, (event) => `${JSON.stringify(shownEvent(event))}\n`),
    ...work,
    endWaiting: () => services.accounts.watch.end(),
    async close() {
      services.accounts.watch.end()
      await stop()
      await work.idle()
    },
  }
}

function providerParts(
  options: CompleteOptions,
  wired: Wired,
  { owns }: Routing,
): Pick<Rekey, 'configuration' | 'policy' | 'attach' | 'doctor' | 'setClients'> & { stop(): Promise<void> } {
  const { services, firstPartyClients, trust, attachment, assurance, signInLog } = wired
  const { baseUrl, existing } = options
  const onSignInEvent: OnSignInEvent = (ctx, event) => signInLog.record({ ...event, caller: callerOf(ctx, null) })
  const writes = createAnonymousWrites({ ...services, store: options.store }, options.anonymousWritesPerMinute)
  const pages = createProviderPages(services, () => hasLogOutPage(attachment.configuration()))
  const oidcOptions: Omit<Parameters<typeof wrapConfiguration>[0], 'adapterOf' | 'adapters'> = {
    ...services,
    existing,
    outgoing: options.outgoing,
    assurance,
    getStored: services.accounts.getCurrent,
    accountOf: services.interactions.accountOf,
    onSignInEvent,
    checksPasswords: services.passwords.checksPasswords,
    interactionUrl: ({ uid }) => signInPath(services, uid),
    management: {
      scope: managementScopes.join(' '),
      audience: managementResource(baseUrl),
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
      return wrapConfiguration({ ...oidcOptions, adapterOf, adapters: attachment.adapters }, host)
    },
    ...createAttaching({ options, wired, pages, owns, onSignInEvent }),
    policy: (base) => withTwoFactor(base, policyOptions(oidcOptions, attachment.configuration())),
  }
}

function pageParts(
  options: CompleteOptions,
  { services, attachment }: Wired,
  routing: Routing,
): Pick<Rekey, 'routes' | 'callback' | 'protect' | 'requireToken' | 'notFound' | 'render'> {
  const keys = () => preparedKeys(attachment.provider().keys)
  const { callback, middleware } = createCallback({ ...options, ...routing, keys, isProvider: isOfThisCopy })
  return {
    routes: () => inAnyKoa(middleware),
    callback: () => callback,
    protect: () => inAnyKoa(protect(options)),
    requireToken: (required) => (request: IncomingMessage | KoaContext, res?: ServerResponse) =>
      requireToken(services, res ? [request as IncomingMessage, res] : [request as Context], required),
    notFound: (ctx) => answerNotFound(services, ctx as Context),
    render: (ctx, status, page, locals) => answer(services, ctx as Context, { status, page, locals }),
  }
}

/** A host's Koa gives it a whole context, whatever its types say. */
const inAnyKoa = (middleware: Middleware) => middleware as KoaMiddleware

const byHost = (actor: string | null): Caller => ({ actor, requestId: null, address: null })

function secondFactorOf(account: Account, rules: Rules, now: number): SecondFactor {
  const { factor, resets } = account
  const [newest] = resets
  const active = factor.is === 'active' ? factor : null
  return {
    state: factorState(account, rules),
    since: active?.enrolledAt ?? null,
    lastUsedAt: active?.lastUsedAt ?? null,
    codesRemaining: codesRemaining(account),
    reset: newest ? viewReset(account.id, newest, now) : null,
  }
}

/** Those of a host in JavaScript. @throws TypeError that names the argument */
function requireArguments(accountId: unknown, browser: unknown): void {
  if (typeof accountId !== 'string' || accountId === '')
    throw new TypeError('accountId: the first argument of loginResult must be the id of the person')
  if (browser === undefined) return
  const { req, res } = (browser ?? {}) as {
    readonly req?: Partial<IncomingMessage>
    readonly res?: Partial<ServerResponse>
  }
  if (!req?.headers || typeof res?.setHeader !== 'function')
    throw new TypeError('browser: the third argument of loginResult must be { req, res } of Node.js')
}

function accountParts(
  { clock, directory, rules }: CompleteOptions,
  { services, adoption, existingFactors, assurance, attachment, unboundSignIns }: Wired,
): Pick<Rekey, 'loginResult' | 'newGrant' | 'reset' | 'state' | 'reseal' | 'adopt'> {
  const { accounts, interactions, sealed } = services
  return {
    async loginResult(accountId, given, browser) {
      requireArguments(accountId, browser)
      const facts = checkedFacts(given, clock.now())
      await existingFactors.require()
      const account = await accounts.getOrCreate(accountId)
      if (!account) throw new UnknownAccount(accountId)
      const { authenticatedAt, proven } = facts
      const isCurrent = areCurrent(account, { authenticatedAt, provenAt: proven?.at ?? null })
      if (!browser) unboundSignIns.count++
      const bound = browser ? await interactions.bind(browser.req, browser.res, newToken().reveal()) : null
      const epoch = isCurrent ? account.epoch : NO_EPOCH
      return loginResult({ ...facts, accountId, epoch, browser: bound }, assurance)
    },
    async newGrant({ accountId, clientId, secondFactorAt = null }) {
      await existingFactors.require()
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
      if (outcome.is === 'refused') return { is: 'refused', refusal: outcome.refusal }
      const reset = outcome.account.resets.find((item) => item.id === id)
      return reset
        ? {
            is: 'reset',
            reset: viewReset(target.id, reset, clock.now()),
            passwordByEmailAt: passwordByEmailAt(outcome.account, clock.now()),
          }
        : { is: 'refused', refusal: { is: 'reset-not-found' } }
    },
    async state(accountId) {
      const account = await accounts.get(accountId)
      return account && !isDeleted(account) ? secondFactorOf(account, rules, clock.now()) : null
    },
    reseal: async (accountId) => (await sealed.reseal(accountId)).is === 'done',
    async adopt(authenticators, how = {}) {
      const report = await adoption.adopt(authenticators, how, byHost(null))
      if (report.adopted + report.unchanged > 0) await existingFactors.noteAdopted()
      return report
    },
  }
}

function endingParts({ signIns, accountChanges }: Wired['services']): Pick<Rekey, 'endSessions' | 'forget'> {
  return {
    async endSessions(accountId, because, by) {
      await signIns.endSessions(accountId, because, byHost(by))
    },
    async forget(accountId, by = null) {
      const outcome = await accountChanges.deleteAccount(accountId, byHost(by))
      if (outcome.is === 'refused') throw new StoreUnavailable('the outbox of this account is full')
    },
  }
}

function workParts({ services: { accounts, passwordRequests }, background, signInLog }: Wired): Pick<Rekey, 'idle'> {
  return {
    async idle() {
      await passwordRequests.answer()
      await background.done()
      await accounts.idle()
      await signInLog.flush()
    },
  }
}
