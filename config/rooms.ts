/**
 * Which room may import which, types included; the longest matching row applies. An entry with a path (`oidc/sessions`) allows that file
 * only. Read by structure.js.
 */
const sessionFiles = ['oidc/sessions', 'oidc/revocation'] as const
const pageFiles = ['oidc/interactions', 'oidc/sessions', 'oidc/applications', 'oidc/bearer'] as const
const firstPartyFiles = ['oidc/firstPartySignIn', 'oidc/accountPrompts'] as const
const accountFiles = ['accounts/accounts'] as const
const kernel = [
  'core',
  'ports',
  'errors',
  'i18n',
  'logos',
  'decoding',
  'email',
  'service',
  'crypto',
  ...accountFiles,
  ...pageFiles,
  ...firstPartyFiles,
] as const
const room = [...kernel, 'http', 'http/pages', 'http/enrolment'] as const
const everything = ['*'] as const

export const mayImport = {
  core: [],
  crypto: ['core', 'errors'],
  errors: ['core'],
  i18n: ['core', 'decoding'],
  logos: [],
  decoding: [],
  email: [],
  clock: [],
  testing: ['core', 'email', 'ports', 'hostDirectory', 'errors', 'clock', 'store', 'crypto/totp', 'crypto/tokens'],
  nodeVersion: [],
  hostDirectory: ['email', 'ports'],
  auditLog: ['core'],
  ports: ['core', 'auditLog', 'store/store'],
  optionFaults: ['outgoing', 'core', 'ports', 'errors', 'i18n', 'logos', 'crypto/sealing'],
  options: [
    'core',
    'clock',
    'hostDirectory',
    'optionFaults',
    'ports',
    'errors',
    'i18n',
    'logos',
    'store/store',
    'crypto/sealing',
    'limiter',
    'outgoing',
  ],
  store: ['core', 'errors', 'clock', 'nodeVersion', 'crypto/random'],
  accounts: ['core', 'ports', 'errors', 'store/store'],
  mail: ['core', 'outgoing', 'decoding', 'email', 'ports', 'errors', 'i18n', 'accounts'],
  doctor: ['core', 'crypto', 'ports', 'errors', 'options', 'oidc', 'store/store', 'outgoing'],
  outgoing: [],
  oidc: ['core', 'email', 'crypto', 'accounts', 'ports', 'errors', 'store/store', 'outgoing'],
  service: ['core', 'email', 'crypto', 'accounts', 'ports', 'errors', 'i18n', 'store/store', ...sessionFiles],
  // Pages have no access to the request: the kernel responds with them.
  'http/pages': ['core', 'decoding', 'crypto', 'ports', 'i18n', 'logos'],
  http: [...kernel, 'http/pages'],
  'http/enrolment': [...kernel, 'http', 'http/pages'],
  'http/sign-in': room,
  'http/link': room,
  'http/account': room,
  'http/console': room,
  'http/api': room,
  // The table imports every handler, and `mount` imports the table.
  'http/routes': [...room, 'http/sign-in', 'http/link', 'http/account', 'http/console', 'http/api'],
  'http/mount': [...room, 'http/routes'],
  server: [
    'core',
    'crypto',
    'store',
    'index',
    'clock',
    'decoding',
    'email',
    'options',
    'optionFaults',
    'ports',
    'errors',
    'mail/smtp',
    'mail/relay',
    'mail/accessTokens',
    'doctor/outside',
    'outgoing',
  ],
  index: everything,
  plugin: everything,
  rekey: everything,
  attach: everything,
  wiring: everything,
  cli: everything,
  main: everything,
} as const
