/** The acr of a sign-in with a second factor. */
export const TWO_FACTOR = 'urn:oidc-rekey:acr:2fa'
export const ONE_FACTOR = 'urn:oidc-rekey:acr:1fa'
