/** Rows of each model, as the library and this package store them. */
import type { AdapterPayload, Configuration } from 'oidc-provider'
import { newId } from '../crypto/tokens.ts'
import { CANARY } from './check.ts'

/** Lifetime of a canary whose removal fails. Seconds. */
export const CANARY_SECONDS = 60

/** As long as the library's own ids: 43 characters. A grant's id with our stamp has up to 72. */
export const canaryId = (): string => (CANARY + newId() + newId()).slice(0, 43)
const grantCanaryId = (): string => (CANARY + newId() + newId() + newId()).slice(0, 72)

export type Rows = Readonly<Record<string, AdapterPayload>>

/** Rows with every field that the library and this package store, one of each model that is always on. */
export function canaries(now: number): Rows {
  const accountId = canaryId()
  const grantId = grantCanaryId()
  const base = (kind: string, jti = canaryId()): AdapterPayload => ({ kind, jti, iat: now, exp: now + CANARY_SECONDS })
  const stamp = { accountId, epoch: now, at: null }
  const params = { client_id: 'rekey-doctor', scope: 'openid', claims: '{"id_token":{"acr":null}}', state: 'ä €' }
  const ofGrant = { accountId, clientId: 'rekey-doctor', grantId, scope: 'openid', sessionUid: canaryId() }
  return {
    Session: {
      ...base('Session'),
      uid: canaryId(),
      accountId,
      loginTs: now,
      acr: 'urn:oidc-rekey:acr:2fa',
      amr: ['pwd', 'otp', 'mfa'],
      authorizations: { 'rekey-doctor': { sid: canaryId(), grantId, persistsLogout: true } },
      twoFactor: stamp,
      device: { browser: 'Firefox', system: 'Linux' },
    },
    Grant: {
      ...base('Grant', grantId),
      accountId,
      clientId: 'rekey-doctor',
      openid: { scope: 'openid', claims: ['sub'] },
      resources: { 'https://rekey-doctor.example': 'read' },
    },
    Interaction: {
      ...base('Interaction'),
      returnTo: `https://rekey-doctor.example/auth/${canaryId()}`,
      prompt: { name: 'two_factor', reasons: ['second_factor_missing'], details: {} },
      params,
      session: { accountId, uid: canaryId(), cookie: canaryId(), acr: 'urn:oidc-rekey:acr:1fa', amr: ['pwd'] },
      lastSubmission: { login: { accountId, ts: now } },
      result: { twoFactor: stamp, browser: canaryId() },
    },
    AuthorizationCode: {
      ...base('AuthorizationCode'),
      ...ofGrant,
      codeChallenge: canaryId(),
      codeChallengeMethod: 'S256',
    },
    AccessToken: { ...base('AccessToken'), ...ofGrant, extra: { acr: 'urn:oidc-rekey:acr:2fa', auth_time: now } },
    RefreshToken: { ...base('RefreshToken'), ...ofGrant, rotations: 0, iiat: now },
  }
}

/** Rows of the models that only some features use, of those that are on. */
export function featureCanaries(features: Configuration['features'], now: number): Rows {
  const base = (kind: string): AdapterPayload => ({ kind, jti: canaryId(), iat: now, exp: now + CANARY_SECONDS })
  const params = { client_id: 'rekey-doctor', scope: 'openid', state: 'ä €' }
  const ofClient = { clientId: 'rekey-doctor', scope: 'openid' }
  const isOn = {
    // For assertions of clients, which no option switches off.
    ReplayDetection: true,
    PushedAuthorizationRequest: features?.pushedAuthorizationRequests?.enabled ?? true,
    DeviceCode: features?.deviceFlow?.enabled ?? false,
    BackchannelAuthenticationRequest: features?.ciba?.enabled ?? false,
    ClientCredentials: features?.clientCredentials?.enabled ?? false,
    InitialAccessToken: features?.registration?.enabled === true && Boolean(features.registration.initialAccessToken),
    RegistrationAccessToken: features?.registration?.enabled ?? false,
  }
  const rows: Rows = {
    ReplayDetection: { ...base('ReplayDetection'), iss: 'rekey-doctor' },
    PushedAuthorizationRequest: {
      ...base('PushedAuthorizationRequest'),
      request: canaryId().repeat(20),
      trusted: ['client_id'],
    },
    DeviceCode: { ...base('DeviceCode'), ...ofClient, params, userCode: canaryId(), grantId: canaryId() },
    BackchannelAuthenticationRequest: { ...base('BackchannelAuthenticationRequest'), ...ofClient, params },
    ClientCredentials: { ...base('ClientCredentials'), ...ofClient, aud: 'https://rekey-doctor.example' },
    InitialAccessToken: { ...base('InitialAccessToken'), policies: ['rekey-doctor'] },
    RegistrationAccessToken: { ...base('RegistrationAccessToken'), clientId: 'rekey-doctor' },
  }
  return Object.fromEntries(Object.entries(rows).filter(([model]) => isOn[model as keyof typeof isOn]))
}
