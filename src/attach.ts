/** `attach(provider)`: connects a provider, starts the worker, and lets the doctor judge the mount. */
import type { Context, Middleware } from 'koa'
import type { ClientMetadata, Provider } from 'oidc-provider'
import { createRetention } from './accounts/retention.ts'
import { startWorker, type Worker } from './accounts/worker.ts'
import type { Facts } from './doctor/check.ts'
import { type Finding, SignInNotStamped } from './errors.ts'
import { requestedPath } from './http/callback.ts'
import type { createProviderPages } from './http/providerPages.ts'
import { sendOnAsGet } from './http/postToGet.ts'
import { completeAnswers } from './http/providerEndpoints.ts'
import { answerError } from './http/respond.ts'
import { addressIn, noteAddress } from './http/clientAddress.ts'
import { limitInteractionCalls } from './hostCalls.ts'
import { keepOpener } from './http/securityHeaders.ts'
import type { Routing } from './http/mount.ts'
import { forgetBrowsers } from './oidc/browser.ts'
import { notTaken } from './oidc/clientLogout.ts'
import { isOfThisCopy } from './oidc/inspection.ts'
import { widenSession } from './oidc/internals.ts'
import { judgeLogout } from './oidc/logoutRequest.ts'
import { translatingOutage } from './oidc/outage.ts'
import { prepareCookies, withProviderKeys } from './oidc/providerCookies.ts'
import { answerAfterWrites } from './oidc/requestWrites.ts'
import { type OnSignInEvent, watchSignIns } from './oidc/signInEvents.ts'
import { acceptPreviousSecrets, replaceClients } from './oidc/staticClients.ts'
import type { CompleteOptions } from './options.ts'
import { inRequest } from './store/requestDeadline.ts'
import type { wire } from './wiring.ts'

interface Attaching {
  readonly options: CompleteOptions
  readonly wired: ReturnType<typeof wire>
  readonly pages: ReturnType<typeof createProviderPages>
  readonly owns: Routing['owns']
  readonly onSignInEvent: OnSignInEvent
}

export function createAttaching(attaching: Attaching) {
  const { options, wired } = attaching
  const { attachment, doctor } = wired
  const attached = new Set<Provider>()
  let worker: Worker | null = null

  const factsOf = (provider: Provider, isSecond = false): Facts => ({
    ...options,
    audit: wired.services.audit,
    provider,
    attachment,
    isSecond,
    isOurs: attaching.owns,
    areFactorsUnsaid: wired.existingFactors.areUnsaid,
    unboundSignIns: () => wired.unboundSignIns.count,
    unstampedSignIns: () => wired.unstampedSignIns.count,
  })

  return {
    attach(provider: Provider): Promise<Finding[]> {
      const isSecond = attached.has(provider)
      if (!isSecond) {
        attached.add(provider)
        provider.use(observed(attaching, provider, () => factsOf(provider)))
        if (isOfThisCopy(provider)) connect(provider, attaching)
        limitInteractionCalls(provider)
        attachment.attach(provider)
        worker ??= work(options, wired)
      }
      return doctor.begin(factsOf(provider, isSecond))
    },
    setClients: (clients: readonly ClientMetadata[]) => replaceClients(attachment.provider(), wired, clients),
    doctor: async (): Promise<Finding[]> => doctor.examine(factsOf(attachment.provider())),
    async stop(): Promise<void> {
      await doctor.idle()
      await worker?.stop()
    },
  }
}

/** Judges the requests of a provider. While our prompt is not asked, no sign-in begins and no code becomes a token. */
function observed(
  { options, wired: { services, doctor }, owns }: Attaching,
  provider: Provider,
  facts: () => Facts,
): Middleware {
  const closed = ['authorization', 'token'].map((route) => provider.pathFor(route, { mountPath: '' }))
  const isClosed = (path: string): boolean => closed.some((route) => path === route || path.startsWith(`${route}/`))
  return async (ctx: Context, next) => {
    doctor.observe(facts, ctx)
    if (isClosed(ctx.path) && doctor.isUnguarded()) answerError(services, ctx, { status: 503, kind: 'unavailable' })
    else await inRequest(ctx.req, next)
    if (ctx.status !== 404) return
    const path = requestedPath(ctx)
    if (owns(path)) doctor.noteMissed(shortened(path, options.base))
  }
}

/** Without what may be a secret. */
const shortened = (path: string, base: string): string => {
  const [first = '', ...rest] = path.slice(base.length + 1).split('/')
  return `${base}/${first}${rest.length > 0 ? '/…' : ''}`
}

/** The library answers an unexpected error with a page that names no cause. */
function reportErrors(
  provider: Provider,
  { onError }: CompleteOptions,
  { unstampedSignIns }: Attaching['wired'],
): void {
  const reported = new WeakSet()
  provider.on('server_error', (ctx, error) => {
    if (reported.has(error)) return
    reported.add(error)
    if (error instanceof SignInNotStamped && ctx.oidc.result?.login) unstampedSignIns.count++
    onError(error, `answering ${ctx.method} for the provider`)
  })
  // At the library's own sign-out; nothing else keeps its failures.
  provider.on('backchannel.error', (_ctx, error, { clientId }) => onError(error, notTaken(clientId, error)))
}

function connect(provider: Provider, { options, wired, pages, onSignInEvent }: Attaching): void {
  const { services, trust } = wired
  reportErrors(provider, options, wired)
  widenSession(provider)
  prepareCookies(provider)
  watchSignIns(provider, onSignInEvent)
  acceptPreviousSecrets(provider, wired.trust)
  const paths = new Map<string, string | null>()
  const pathOf = (route: string): string | null => {
    if (!paths.has(route)) paths.set(route, pathWithin(provider, route))
    return paths.get(route) ?? null
  }
  provider.use((ctx, next) => {
    keepOpener(ctx)
    noteAddress(ctx.req, options.clientAddress, addressIn(ctx, isOfThisCopy(ctx.app)))
    return withProviderKeys(provider, ctx, next)
  })
  provider.use(
    sendOnAsGet(services, () => ({
      authorization: pathOf('authorization'),
      endSession: pathOf('end_session'),
      judgeLogout: (given) => judgeLogout(provider, given),
      asksNoQuestion: (clientId) => trust.isFirstParty(clientId),
    })),
  )
  provider.use(completeAnswers(services, pathOf))
  provider.use(pages.redirects)
  provider.use((ctx, next) => translatingOutage(() => answerAfterWrites(ctx, next)))
  forgetBrowsers(provider, services.browsers)
  provider.on('interaction.started', (ctx) => services.interactions.begun(ctx))
}

/** A path of the provider without its mount; null: the feature is off. */
function pathWithin(provider: Provider, route: string): string | null {
  try {
    return provider.pathFor(route, { mountPath: '' })
  } catch {
    return null
  }
}

function work(options: CompleteOptions, { services }: Attaching['wired']): Worker {
  const { store, clock, onError, keepAudit: keep } = options
  const due: typeof store.records.due = async (...request) => {
    await services.passwordRequests.answer()
    return store.records.due(...request)
  }
  const worker = startWorker({ due, accounts: services.accounts, clock, onError })
  const retention = createRetention({ store, audit: services.audit, keep, clock, onError })
  return {
    async stop() {
      await Promise.all([worker.stop(), retention.stop()])
    },
  }
}
