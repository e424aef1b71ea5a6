/** `configuration(host)`: wraps what a host gives to its Provider, never replaces it. */
import { errors, interactionPolicy, type Adapter, type AdapterFactory, type Configuration } from 'oidc-provider'
import type {
  AccessToken,
  Account as ProviderAccount,
  ErrorOut,
  Grant,
  Interaction,
  KoaContextWithOIDC,
  ResourceServer,
  TTLFunction,
} from 'oidc-provider'
import type { Account } from '../core/account.ts'
import { bindingOf, mayBecomeSession } from '../core/browser.ts'
import type { Clock, Directory, Person, App } from '../ports.ts'
import type { Artefacts } from '../store/store.ts'
import { anonymousAdapter, type AnonymousWrites, withLimits, withShortLifetimes } from './anonymous.ts'
import { epochAdapter, type EpochOf, oncePerRequest, orUnavailable, storedAdapter } from './adapter.ts'
import { type SignInBrowsers, signInIdOf } from './browser.ts'
import { SIGN_IN_CLAIMS, tokenClaims } from './claims.ts'
import type { ClientTrust } from './clientTrust.ts'
import { readDevice } from '../core/device.ts'
import { isSignInOver } from '../core/questions.ts'
import { loadStampedGrant } from './grants.ts'
import { type FirstPartyClientOptions, withFirstPartyClients } from './firstPartyClients.ts'
import { type Assurance, isAccountPrompt, accountPrompts, type Policy, reachable, withTwoFactor } from './policy.ts'
import { prefetch } from './prefetch.ts'
import { noteAccepted, noteRefused, type OnSignInEvent } from './signInEvents.ts'
import { readStamp } from './stamp.ts'

export interface OidcOptions {
  readonly issuer: string
  readonly artefacts: Artefacts
  readonly clock: Clock
  readonly directory: Pick<Directory, 'find'>
  readonly assurance: Assurance
  /** The stored record; null: none, or a damaged one. */
  readonly getStored: (accountId: string) => Promise<Account | null>
  /** Hears of sign-ins that were refused at their end. */
  readonly onSignInEvent: OnSignInEvent
  /** Whether people can change their password here. */
  readonly checksPasswords: boolean
  readonly browsers: SignInBrowsers
  /** Where an interaction of ours begins; may set cookies. */
  readonly interactionUrl: (ctx: KoaContextWithOIDC, interaction: Interaction) => string
  /** Counts what is stored for requests without a session. */
  readonly writes: AnonymousWrites
  /** The provider's own pages, for a host that has none of its own. */
  readonly pages: ProviderPages
  /** The management API's scopes and the life of its tokens. */
  readonly management: ResourceServer
  /** The relying parties of the house itself, and which of them there are. */
  readonly own: FirstPartyClientOptions & { readonly apps: readonly App[] }
  /** Is told of the static clients, and says what every client is trusted with. */
  readonly trust: ClientTrust
}

export interface ProviderPages {
  /** @param over the sign-in that the browser wants to go on with is not there (any more) */
  error(ctx: KoaContextWithOIDC, out: ErrorOut, over: boolean): void
  logOut(ctx: KoaContextWithOIDC, form: string): void
  loggedOut(ctx: KoaContextWithOIDC): void
}

/** Our own protected resource. @see RFC 8707 */
export const managementResource = (issuer: string): string => `${issuer}/management/v1`

export function wrapConfiguration(options: OidcOptions, host: Configuration): Configuration {
  const { issuer, artefacts, clock, assurance, interactionUrl, management, pages, trust, writes } = options
  const getStored = oncePerRequest((id) => orUnavailable(() => options.getStored(id)))
  const epochOf: EpochOf = async (id) => (await getStored(id))?.epoch ?? null
  const inner = innerAdapter(host, artefacts, clock)
  const ahead = prefetch(inner)
  const resources = host.features?.resourceIndicators
  const clients = withFirstPartyClients(options.own, options.own.apps, host.clients)
  trust.add(clients)
  return {
    ...host,
    clients,
    adapter: (kind: string) => epochAdapter(anonymousAdapter(ahead(kind), kind, writes), kind, epochOf),
    extraParams: withLimits(host.extraParams),
    acrValues: [...new Set([...reachable(assurance), ...(host.acrValues ?? [])])],
    claims: { ...host.claims, openid: [...new Set([...SIGN_IN_CLAIMS, ...openidClaims(host)])] },
    findAccount: findAccount(host, options, getStored),
    loadExistingGrant: (ctx) =>
      loadStampedGrant(ctx, trust, (id) => grantBelowTheEpochFilter(ctx, inner('Grant'), { id, now: clock.now() })),
    renderError:
      host.renderError ?? ((ctx, out, error) => pages.error(ctx, out, error instanceof errors.SessionNotFound)),
    ttl: {
      ...host.ttl,
      ...withShortLifetimes(host.ttl, (prompt) => hasPageOfOurs(host, prompt)),
      AccessToken: accessTokenSeconds(host),
    },
    extraTokenClaims: async (ctx, token) => ({ ...(await host.extraTokenClaims?.(ctx, token)), ...tokenClaims(ctx) }),
    interactions: {
      policy: withTwoFactor(
        (host.interactions?.policy as Policy | undefined) ?? interactionPolicy.base(),
        assurance,
        getStored,
        {
          offered: accountPrompts.filter((prompt) => prompt !== 'change_password' || options.checksPasswords),
          isFirstParty: (client) => trust.isFirstParty(client?.clientId),
        },
      ),
      url: async (ctx, interaction) =>
        host.interactions?.url && !hasPageOfOurs(host, interaction.prompt.name)
          ? host.interactions.url(ctx, interaction)
          : interactionUrl(ctx, interaction),
    },
    features: {
      ...host.features,
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => pages.logOut(ctx, form),
        postLogoutSuccessSource: (ctx) => pages.loggedOut(ctx),
        ...host.features?.rpInitiatedLogout,
      },
      claimsParameter: { enabled: true, ...host.features?.claimsParameter },
      backchannelLogout: { enabled: true, ...host.features?.backchannelLogout },
      resourceIndicators: {
        ...resources,
        enabled: true,
        // Without it a token request that names no resource would quietly get a token for userinfo instead.
        useGrantedResource: resources?.useGrantedResource ?? (() => true),
        getResourceServerInfo: (ctx, resource, client) =>
          resource === managementResource(issuer)
            ? managementFor(trust.scopesOf(client.clientId), management)
            : (resources?.getResourceServerInfo?.(ctx, resource, client) ?? unknownResource()),
      },
    },
  }
}

/** A prompt has one page: ours, or the one of a host that has its own. */
export const hasPageOfOurs = (host: Configuration, prompt: string): boolean =>
  !host.interactions?.url || prompt === 'two_factor' || isAccountPrompt(prompt)

/** What a resource says of its own tokens comes first: a host's fixed life would silently be that of ours too. */
function accessTokenSeconds({ ttl }: Configuration): TTLFunction<AccessToken> {
  const given = ttl?.AccessToken ?? 3600
  return (ctx, token, client) =>
    token.resourceServer?.accessTokenTTL ?? (typeof given === 'function' ? given(ctx, token, client) : given)
}

function innerAdapter(host: Configuration, artefacts: Artefacts, clock: Clock): (kind: string) => Adapter {
  const given = host.adapter
  if (!given) return (kind) => storedAdapter(artefacts, clock, kind)
  const isClass = 'prototype' in given && given.prototype !== undefined
  return (kind) => (isClass ? new (given as new (name: string) => Adapter)(kind) : (given as AdapterFactory)(kind))
}

const openidClaims = (host: Configuration): string[] => {
  const claims: unknown = host.claims?.['openid']
  return Array.isArray(claims) ? claims.map(String) : Object.keys(claims ?? {})
}

/** A client may be given the scopes it is allow-listed for, no others. */
function managementFor(allowed: ReadonlySet<string>, management: ResourceServer): ResourceServer {
  const scope = management.scope.split(' ').filter((word) => allowed.has(word))
  if (scope.length === 0) unknownResource()
  return { ...management, scope: scope.join(' ') }
}

function unknownResource(): never {
  throw new errors.InvalidTarget()
}

type AccountOptions = Pick<OidcOptions, 'directory' | 'onSignInEvent' | 'browsers'>

function findAccount(
  host: Configuration,
  { directory, onSignInEvent, browsers }: AccountOptions,
  getStored: OidcOptions['getStored'],
) {
  return async (ctx: KoaContextWithOIDC, sub: string, token?: unknown): Promise<ProviderAccount | undefined> => {
    const isParked = !token && Boolean(ctx.oidc.result?.login)
    const [person, account] = await Promise.all([
      orUnavailable(() => directory.find(sub)),
      isParked ? getStored(sub) : null,
    ])
    const isActive = person?.status === 'active'
    if (isParked && !stampSession(ctx, browsers, { sub, account: isActive ? account : null })) {
      noteRefused(ctx, onSignInEvent, sub, isActive ? 'sign-in-over' : 'account-disabled')
      return undefined
    }
    if (!isActive) return undefined
    return (await host.findAccount?.(ctx, sub, token as never)) ?? accountOf(person)
  }
}

/**
 * A parked result is applied when the browser resumes, and carries no stamp the library knows. Equal: the session gets it. Else
 * a reset came between, or another browser resumes: a thief who passed the second factor before it, or planted the sign-in, must not
 * get in, so the password is asked again.
 */
function stampSession(
  ctx: KoaContextWithOIDC,
  browsers: SignInBrowsers,
  { sub, account }: { readonly sub: string; readonly account: Account | null },
): boolean {
  const { session, result, entities } = ctx.oidc
  if (!session) return false
  const stamp = readStamp(result?.['twoFactor'])
  if (!stamp) throw new Error('a sign-in without a second-factor stamp: finish it with loginResult()')
  const shown = entities.Interaction ? browsers.shown(ctx.req, signInIdOf(entities.Interaction)) : null
  const isHere = mayBecomeSession(bindingOf(result?.['browser']), shown)
  // In a live session of the same person nothing is signed in anew: it would have ended with that session.
  const live = readStamp(session.twoFactor)
  const isLive = live?.accountId === sub && live.epoch === account?.epoch
  const since = isLive ? null : Number(result?.['since'] ?? 0)
  const isOver = !account || isSignInOver(account, { epoch: stamp.epoch, since })
  if (stamp.accountId === sub && !isOver && isHere) {
    session.twoFactor = stamp
    noteAccepted(ctx, stamp)
    // A later code in the same session is typed in the same browser.
    if (result?.['device']) session.device = readDevice(result['device'])
    return true
  }
  for (const field of ['accountId', 'loginTs', 'acr', 'amr', 'authorizations', 'twoFactor', 'device'] as const)
    delete session[field]
  // Worth nothing in the steps after this one either.
  Object.assign(ctx.oidc, { result: undefined })
  return false
}

const accountOf = (person: Person): ProviderAccount => ({
  accountId: person.id,
  claims: () => ({
    sub: person.id,
    email: person.email,
    email_verified: person.emailVerified ?? true,
    name: person.name,
    ...(person.locale === null ? {} : { locale: person.locale }),
  }),
})

async function grantBelowTheEpochFilter(
  { oidc: { provider } }: KoaContextWithOIDC,
  adapter: Adapter,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<Grant | undefined> {
  const payload = await orUnavailable(async () => adapter.find(id))
  if (!payload || (payload.exp !== undefined && payload.exp <= now)) return undefined
  return new provider.Grant(payload)
}
