/** What ID tokens call a sign-in. @see contract §3 */
export const TWO_FACTOR = 'urn:oidc-rekey:acr:2fa'
export const ONE_FACTOR = 'urn:oidc-rekey:acr:1fa'
