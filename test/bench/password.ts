export const PASSWORD = 'correct horse battery staple'
/** In place of its hash; see probe.ts. */
export const PASSWORD_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
