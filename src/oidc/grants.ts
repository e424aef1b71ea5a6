/** Grants. Their ids carry the session's stamp: the record's would renew an ended sign-in in a concurrent request. */
import type { Configuration, Grant, Interaction, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { SignInNotStamped } from '../errors.ts'
import { isGrantOf, isStamped, type Stamp, stampedGrantId, stampOf } from './stamp.ts'

type Scopes = Pick<Grant, 'openid' | 'resources' | 'rejected' | 'rar'>

export interface GrantingSession {
  readonly uid: string
  readonly stamp: Stamp
}

/** A new grant with the stamp and tag of the session, and the scopes and claims of an older one. */
function newGrant(provider: Provider, session: GrantingSession, clientId: string, older?: Scopes): Grant {
  const grant = new provider.Grant({ accountId: session.stamp.accountId, clientId })
  grant.jti = stampedGrantId(session.stamp, session.uid)
  if (older?.openid) grant.openid = structuredClone(older.openid)
  if (older?.resources) grant.resources = structuredClone(older.resources)
  if (older?.rejected) grant.rejected = structuredClone(older.rejected)
  if (older?.rar) grant.rar = structuredClone(older.rar)
  return grant
}

/** A grant that belongs to no session, for host code to fill and save. */
export function hostGrant(provider: Provider, stamp: Stamp, clientId: string): Grant {
  const grant = new provider.Grant({ accountId: stamp.accountId, clientId })
  grant.jti = stampedGrantId(stamp, null)
  return grant
}

/** Adds all requested scopes and claims, as **Allow** does on the consent page. True when one was new. */
function allow(grant: Grant, request: RequestedScopes): boolean {
  const before = JSON.stringify([grant.openid, grant.resources])
  if (request.openid.length > 0) grant.addOIDCScope(request.openid.join(' '))
  if (request.claims.length > 0) grant.addOIDCClaims([...request.claims])
  for (const [resource, scopes] of Object.entries(request.resources))
    if (scopes.length > 0) grant.addResourceScope(resource, scopes.join(' '))
  return JSON.stringify([grant.openid, grant.resources]) !== before
}

interface RequestedScopes {
  readonly openid: readonly string[]
  readonly claims: readonly string[]
  readonly resources: Readonly<Record<string, readonly string[]>>
}

function requestedBy(ctx: KoaContextWithOIDC): RequestedScopes {
  const scopes = [...ctx.oidc.requestParamScopes]
  const servers = Object.entries(ctx.oidc.resourceServers ?? {})
  return {
    openid: [...ctx.oidc.requestParamOIDCScopes],
    claims: [...ctx.oidc.requestParamClaims],
    resources: Object.fromEntries(
      servers.map(([id, server]) => [id, scopes.filter((scope) => server.scopes.has(scope))]),
    ),
  }
}

/** The grant after **Allow**: the scopes and claims on the consent page, and those of an older grant. */
export async function consentedGrant(
  provider: Provider,
  { params, prompt, grantId }: Interaction,
  session: GrantingSession,
): Promise<Grant> {
  const older = grantId ? await provider.Grant.find(grantId) : undefined
  const grant = newGrant(provider, session, String(params['client_id']), older)
  const missing = prompt.details as {
    missingOIDCScope?: string[]
    missingOIDCClaims?: string[]
    missingResourceScopes?: Record<string, string[]>
  }
  allow(grant, {
    openid: missing.missingOIDCScope ?? [],
    claims: missing.missingOIDCClaims ?? [],
    resources: missing.missingResourceScopes ?? {},
  })
  return grant
}

/** What decides which grant a request has. */
export interface GrantSources {
  /** Whether a grant for this client is made without a consent page. */
  readonly needsNoConsent: (clientId: string) => boolean
  /** Finds a grant whatever its stamp: a host's own consent page saves them without one. */
  readonly findAny: (id: string) => Promise<Grant | undefined>
  /** Whether grants of before the mount count. */
  readonly existing: 'keep' | 'end'
  /** The host's `loadExistingGrant`; not asked about our own clients. */
  readonly ofHost: Configuration['loadExistingGrant'] | null
}

/**
 * `loadExistingGrant`: the host's grant, else the one of this session and client; a stamped copy where the stamp is not the session's.
 * For a client that needs no consent, one that allows what is asked.
 */
export async function loadStampedGrant(ctx: KoaContextWithOIDC, sources: GrantSources): Promise<Grant | undefined> {
  const { provider, client, session, result } = ctx.oidc
  if (!client || !session?.accountId) return undefined
  const stamp = stampOf(session)
  if (!stamp) throw new SignInNotStamped('a session with a damaged second-factor stamp')
  const granting = { uid: session.uid, stamp }
  if (sources.ofHost) await forgetEndedGrant(ctx)
  const theirs = await sources.ofHost?.(ctx)
  if (theirs) return stampedCopy(theirs, { provider, session: granting, clientId: client.clientId })
  const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId)
  const found = id ? await sources.findAny(id) : undefined
  const own = found?.accountId === session.accountId && found.clientId === client.clientId ? found : undefined
  const isCurrent = own?.jti !== undefined && isStamped(own.jti) && isGrantOf(stampOf(own.jti), stamp, session.uid)
  const current = isCurrent ? own : undefined
  const carried = own?.jti !== undefined && mayCopy(own.jti, stamp, sources.existing)
  // One that a host's consent page saved in this request has no stamp.
  const isNew = own?.jti !== undefined && !isStamped(own.jti) && result?.consent?.grantId === id
  const needsNoConsent = sources.needsNoConsent(client.clientId)
  if (!own && !needsNoConsent) return undefined
  const grant = current ?? newGrant(provider, granting, client.clientId, carried || isNew ? own : undefined)
  const changed = needsNoConsent && allow(grant, requestedBy(ctx))
  if (grant !== current || changed) await grant.save()
  return grant
}

/** Only what a grant of the session's epoch allows is carried on. */
const mayCopy = (grantId: string, stamp: Stamp, existing: GrantSources['existing']): boolean =>
  stampOf(grantId).epoch === stamp.epoch && (existing === 'keep' || isStamped(grantId))

/** Hosts copy a recipe that makes a grant where the session names none, and fails where the named one was ended. */
async function forgetEndedGrant({ oidc: { provider, session, client } }: KoaContextWithOIDC): Promise<void> {
  const id = session && client && session.grantIdFor(client.clientId)
  if (id && !(await provider.Grant.find(id))) delete session.authorizations?.[client.clientId]?.grantId
}

interface GrantTarget {
  readonly provider: Provider
  readonly session: GrantingSession
  readonly clientId: string
}

/** A host's grant under an id of this session. One of another person or client is left for the library to refuse. */
async function stampedCopy(theirs: Grant, { provider, session, clientId }: GrantTarget): Promise<Grant> {
  const { stamp, uid } = session
  const isOurs = theirs.jti !== undefined && isStamped(theirs.jti) && isGrantOf(stampOf(theirs.jti), stamp, uid)
  const isForeign = theirs.accountId !== stamp.accountId || theirs.clientId !== clientId
  if (isForeign || isOurs) return theirs
  const copy = newGrant(provider, session, clientId, theirs)
  // A saved grant has an end, and the copy allows nothing after it.
  if (theirs.exp !== undefined) copy.exp = theirs.exp
  await copy.save()
  return copy
}
