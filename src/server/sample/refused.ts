/** Errors of the sample, as sentences for its pages. */
import * as oidc from 'openid-client'

/** Its message is shown on the page. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

const explanations: Record<string, string> = {
  login_required: 'no person is signed in there, or not recently enough.',
  interaction_required: 'the person is signed in there but has something to do first.',
  consent_required: 'the person has not yet allowed this application that.',
  access_denied: 'the person or the provider refused.',
  unmet_authentication_requirements: 'the requested kind of sign-in is not possible.',
  temporarily_unavailable: 'it cannot do that right now; try again.',
}

/** What went wrong: the provider's error code and its explanation. Contains no token. */
export function explain(error: unknown): string {
  if (error instanceof Refused) return error.message
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
    const why = explanations[error.error] ?? error.error_description ?? 'it gave no reason.'
    return `The provider answered ${error.error}: ${why}`
  }
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return `The provider did not answer as it should${code}. Try again.`
}
