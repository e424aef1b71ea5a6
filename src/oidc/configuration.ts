/** `configuration(host)`: extends the configuration that a host gives to its Provider. */
import {
  type Adapter,
  type Configuration,
  errors,
  type ErrorOut,
  type Grant,
  type Interaction,
  type KoaContextWithOIDC,
} from 'oidc-provider'
import type { Outgoing } from '../outgoing/outgoing.ts'
import type { Clock } from '../ports.ts'
import { accountPrompts, isAccountPrompt } from './accountPrompts.ts'
import { anonymousAdapter, type AnonymousWrites, withLimits } from './anonymous.ts'
import { answeredAcr, type Assurance, reachable } from './assurance.ts'
import { extraTokenClaims, SIGN_IN_CLAIMS } from './claims.ts'
import type { ClientTrust } from './clientTrust.ts'
import { epochAdapter, readOncePerRequest } from './epochFilter.ts'
import { findAccount, type FindAccountOptions } from './findAccount.ts'
import {
  type FirstPartyClientOptions,
  firstPartyClientId,
  firstPartyMetadata,
  withFirstPartyClients,
} from './firstPartyClients.ts'
import { loadStampedGrant } from './grants.ts'
import { answerWithAcr } from './internals.ts'
import { orUnavailable } from './outage.ts'
import { type Policy, type PolicyOptions, RecordLost, RefusedTwice, withTwoFactor } from './policy.ts'
import { dropRestricted } from './personClaims.ts'
import { prefetch, type ReadOnce } from './prefetch.ts'
import { accessTokenSeconds, type Management, resourceIndicators } from './resources.ts'
import { requireScope } from './scopes.ts'
import { withShortLifetimes } from './signInLifetime.ts'

export interface OidcOptions extends FindAccountOptions, Management {
  /** The host's adapter behind the guard, or ours. */
  readonly adapterOf: (model: string) => Adapter
  /** Collects the adapters that the library gets. */
  readonly adapters: WeakSet<Adapter>
  readonly clock: Clock
  readonly accountOf: ReadOnce['accountOf']
  readonly languages: readonly string[]
  /** Sessions, grants and tokens of before the mount: they count until the account's first rise of the epoch, or end. */
  readonly existing: 'keep' | 'end'
  /** Whether the directory keeps passwords that people can change. */
  readonly checksPasswords: boolean
  /** URL of the first page of an interaction of ours; may set cookies. */
  readonly interactionUrl: (interaction: Interaction) => string
  readonly writes: AnonymousWrites
  /** Used where the host's configuration has no such page. */
  readonly pages: ProviderPages
  /** Of the provider's requests, where the host's configuration has no `fetch`. */
  readonly outgoing: Outgoing
  readonly firstPartyClients: FirstPartyClientOptions
  readonly trust: ClientTrust
}

export interface ProviderPages {
  /** @param signIn what became of the sign-in: it does not exist, was refused twice, or the record of its account is lost; null: another error */
  error(ctx: KoaContextWithOIDC, out: ErrorOut, signIn: 'over' | 'refused' | 'lost' | null): void
  logOut(ctx: KoaContextWithOIDC, form: string): void
  loggedOut(ctx: KoaContextWithOIDC): void
}

export function wrapConfiguration(given: OidcOptions, host: Configuration): Configuration {
  const options = { ...given, ...readOncePerRequest(given) }
  const { assurance, firstPartyClients, pages, trust } = options
  const clients = withFirstPartyClients(firstPartyClients, host.clients)
  trust.add(clients)
  const policy = withTwoFactor(host.interactions?.policy as Policy | undefined, policyOptions(options, host))
  return {
    ...host,
    // Without the library's signal: it ends each request after 2.5 seconds, and ours has a deadline of its own.
    fetch: host.fetch ?? ((input, init) => options.outgoing(input, { ...init, signal: null })),
    clients,
    ...firstPartyMetadata(firstPartyClients, host),
    ...storage(options, host),
    ...interaction(options, host, policy),
    extraParams: extraParams(options, host),
    discovery: { ...metadata(options, policy, host), ...host.discovery },
    acrValues: [...new Set([...reachable(assurance), ...(host.acrValues ?? [])])],
    claims: { ...host.claims, openid: [...new Set([...SIGN_IN_CLAIMS, ...openidClaims(host)])] },
    findAccount: findAccount(options, host.findAccount),
    renderError: host.renderError ?? ((ctx, out, error) => pages.error(ctx, out, signInOf(error))),
    extraTokenClaims: extraTokenClaims(host.extraTokenClaims),
    features: features(options, host.features),
  }
}

/** A host with a `findAccount` decides about claims itself. */
function extraParams({ trust }: Pick<OidcOptions, 'trust'>, host: Configuration): Configuration['extraParams'] {
  return withLimits(host.extraParams, {
    scope(ctx) {
      if (!host.findAccount) dropRestricted(ctx, trust)
      requireScope(ctx)
    },
  })
}

/** The host's adapter or ours, behind the epoch filter, and lifetimes. */
function storage(
  { adapterOf, adapters, clock, writes, getStored, accountOf, ...options }: OidcOptions,
  host: Configuration,
): Pick<Configuration, 'adapter' | 'loadExistingGrant' | 'ttl'> {
  const fetched = prefetch(adapterOf, { getStored, directory: options.directory, accountOf })
  const currentEpoch = async (id: string) => (await getStored(id))?.epoch ?? null
  return {
    adapter: (kind: string) => {
      const limited = anonymousAdapter(fetched(kind), kind, writes)
      const adapter = epochAdapter(limited, kind, { currentEpoch, existing: options.existing })
      adapters.add(adapter)
      return adapter
    },
    loadExistingGrant: (ctx) => {
      const { client } = ctx.oidc
      answerWithAcr(ctx, acrOfAnswer(ctx, options.assurance))
      return loadStampedGrant(ctx, {
        needsNoConsent: (clientId) => needsNoConsent(options, host, clientId),
        existing: options.existing,
        findAny: (id) => unfilteredGrant(ctx, adapterOf('Grant'), { id, now: clock.now() }),
        ofHost: client && isFirstPartyApp(options, client.clientId) ? null : (host.loadExistingGrant ?? null),
      })
    },
    ttl: {
      ...host.ttl,
      ...withShortLifetimes(host.ttl, (prompt) => hasPageOfOurs(host, prompt)),
      AccessToken: accessTokenSeconds(host),
    },
  }
}

const isFirstPartyApp = ({ firstPartyClients }: Pick<OidcOptions, 'firstPartyClients'>, clientId: string): boolean =>
  firstPartyClients.openApps().some((app) => firstPartyClientId(firstPartyClients.clientIds, app) === clientId)

/** A host with a `loadExistingGrant` decides about its own clients itself. */
const needsNoConsent = (
  options: Pick<OidcOptions, 'firstPartyClients' | 'trust'>,
  host: Configuration,
  clientId: string,
): boolean => isFirstPartyApp(options, clientId) || (!host.loadExistingGrant && options.trust.isFirstParty(clientId))

function acrOfAnswer({ oidc: { params, session } }: KoaContextWithOIDC, assurance: Assurance): string | undefined {
  const hasSecondFactor = Boolean(session?.twoFactor?.at)
  return answeredAcr(params ?? {}, { acr: session?.acr, hasSecondFactor }, assurance)
}

type PolicySource = Pick<OidcOptions, 'assurance' | 'getStored' | 'checksPasswords' | 'trust' | 'firstPartyClients'>

/** What decides between login and consent, for the host's policy. */
export const policyOptions = (options: PolicySource, host: Configuration): PolicyOptions => ({
  assurance: options.assurance,
  accountOf: options.getStored,
  offered: accountPrompts.filter((prompt) => prompt !== 'change_password' || options.checksPasswords),
  mayChangeAccount: (client) => options.trust.isFirstParty(client?.clientId),
  needsNoConsent: (client) => client !== undefined && needsNoConsent(options, host, client.clientId),
  asksPassword: () => hasPageOfOurs(host, 'login'),
})

/** Parts of discovery that the library leaves to its configuration. @see OpenID Connect Discovery §3, Prompt Create §4, RFC 8414 §2 */
function metadata({ languages, management }: OidcOptions, policy: Policy, host: Configuration): object {
  const { clientAuthMethods: methods, features: { introspection, revocation } = {} } = host
  const names = policy.filter(({ requestable }) => requestable).map(({ name }) => name)
  return {
    ui_locales_supported: languages,
    prompt_values_supported: ['none', ...names],
    // @see RFC 9728 §4
    protected_resources: [management.audience],
    ...(methods && revocation?.enabled && { revocation_endpoint_auth_methods_supported: methods }),
    ...(methods && introspection?.enabled && { introspection_endpoint_auth_methods_supported: methods }),
  }
}

function interaction(options: OidcOptions, host: Configuration, policy: Policy): Pick<Configuration, 'interactions'> {
  const { interactionUrl } = options
  return {
    interactions: {
      policy,
      url: async (ctx, begun) =>
        host.interactions?.url && !hasPageOfOurs(host, begun.prompt.name)
          ? host.interactions.url(ctx, begun)
          : interactionUrl(begun),
    },
  }
}

/** Whether the page of a prompt is ours: the library has one URL for each prompt. */
export const hasPageOfOurs = (host: Configuration, prompt: string): boolean =>
  !host.interactions?.url || prompt === 'two_factor' || isAccountPrompt(prompt)

/** Whether the host asks before a sign-out with a page of its own. */
export const hasLogOutPage = ({ features: theirs }: Configuration): boolean =>
  theirs?.rpInitiatedLogout?.logoutSource !== undefined

function features(options: OidcOptions, host: Configuration['features']): Configuration['features'] {
  const { pages } = options
  return {
    ...host,
    // Its pages would answer before the host's and ours, with a sign-in that asks for no password.
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => pages.logOut(ctx, form),
      postLogoutSuccessSource: (ctx) => pages.loggedOut(ctx),
      ...host?.rpInitiatedLogout,
    },
    claimsParameter: { enabled: true, ...host?.claimsParameter },
    backchannelLogout: { enabled: true, ...host?.backchannelLogout },
    ...ofKnownClients(host?.introspection),
    resourceIndicators: resourceIndicators(options, host?.resourceIndicators),
  }
}

type Introspection = NonNullable<Configuration['features']>['introspection']

/** The library reads the metadata of a token's client, and fails where that client was removed. Its own rule is not ours to replace. */
function ofKnownClients(introspection: Introspection): object {
  const { allowedPolicy: given } = introspection ?? {}
  if (!given) return {}
  const allowedPolicy: typeof given = async (ctx, client, token) => {
    const { clientId } = token
    const isKnown = clientId === client.clientId || (clientId && (await ctx.oidc.provider.Client.find(clientId)))
    return isKnown ? given(ctx, client, token) : false
  }
  return { introspection: { ...introspection, allowedPolicy } }
}

function signInOf(error: Error): 'over' | 'refused' | 'lost' | null {
  if (error instanceof errors.SessionNotFound) return 'over'
  if (error instanceof RecordLost) return 'lost'
  return error instanceof RefusedTwice ? 'refused' : null
}

const openidClaims = (host: Configuration): string[] => {
  const claims: unknown = host.claims?.['openid']
  return Array.isArray(claims) ? claims.map(String) : Object.keys(claims ?? {})
}

/** Reads a grant of any epoch, below the epoch filter. */
async function unfilteredGrant(
  { oidc: { provider } }: KoaContextWithOIDC,
  adapter: Adapter,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<Grant | undefined> {
  const payload = await orUnavailable(async () => adapter.find(id))
  if (!payload || (payload.exp !== undefined && payload.exp <= now)) return undefined
  return new provider.Grant(payload)
}
