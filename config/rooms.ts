/**
 * Which room may import which, types included; the longest matching row counts. A file of a room (`oidc/sessions`) is a door: that file
 * and no other. Read by structure.js and by the lint configuration.
 */
const sessionDoors = ['oidc/sessions', 'oidc/revocation'] as const
const pageDoors = ['oidc/interactions', 'oidc/sessions', 'oidc/applications', 'oidc/bearer'] as const
const firstPartyDoors = ['oidc/firstPartySignIn', 'oidc/accountPrompts'] as const
const accountDoors = ['accounts/accounts'] as const
const kernel = [
  'core',
  'ports',
  'errors',
  'i18n',
  'service',
  'crypto',
  ...accountDoors,
  ...pageDoors,
  ...firstPartyDoors,
] as const
const room = [...kernel, 'http', 'http/pages', 'http/enrolment'] as const
const everything = ['*'] as const

export const mayImport = {
  core: [],
  crypto: ['core', 'errors'],
  errors: ['core'],
  i18n: ['core'],
  ports: ['core', 'store/store'],
  options: ['core', 'ports', 'errors', 'i18n', 'store/store', 'crypto/sealing', 'limiter'],
  store: ['core', 'errors', 'crypto/random'],
  accounts: ['core', 'ports', 'errors', 'store/store'],
  mail: ['core', 'ports', 'errors', 'i18n', 'accounts'],
  oidc: ['core', 'crypto', 'accounts', 'ports', 'errors', 'store/store'],
  service: ['core', 'crypto', 'accounts', 'ports', 'errors', 'i18n', 'store/store', ...sessionDoors],
  // Pages know no request: the kernel answers with them.
  'http/pages': ['core', 'crypto', 'ports', 'i18n'],
  http: [...kernel, 'http/pages'],
  'http/enrolment': [...kernel, 'http', 'http/pages'],
  'http/sign-in': room,
  'http/link': room,
  'http/account': room,
  'http/console': room,
  'http/api': room,
  // The table names every handler; what mounts it knows the table.
  'http/routes': [...room, 'http/sign-in', 'http/link', 'http/account', 'http/console', 'http/api'],
  'http/mount': [...room, 'http/routes'],
  server: ['core', 'crypto', 'store', 'index', 'options', 'ports', 'errors', 'mail/smtp'],
  index: everything,
  rekey: everything,
  wiring: everything,
  cli: everything,
  main: everything,
} as const
