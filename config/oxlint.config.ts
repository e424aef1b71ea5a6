/**
 * Lint, and the layer rules: which room may know which. The tables are the law, `npm run check` its judge.
 * Tests stand outside: they may look into every room.
 */
import { defineConfig, type OxlintOverride } from 'oxlint'

const rooms = ['core', 'crypto', 'store', 'oidc', 'mail', 'http', 'server']
const floor = ['core', 'crypto']
const front = [
  ...floor,
  'store',
  'oidc',
  'mail',
  'http',
  'ports',
  'options',
  'words',
  'journey',
  'accountJourney',
  'linkJourney',
  'perform',
  'effects',
  'audit',
  'signInLog',
  'limiter',
  'passwordRequests',
]

/**
 * What each room and each file of the hall may import besides itself. `oidc/bearer` opens one file of a room: a door.
 * `store/store` is the contract of the stores, which everybody but the drivers means when they say store.
 */
const mayImport: Record<string, string[]> = {
  core: [],
  crypto: ['core'],
  store: floor,
  mail: [...floor, 'perform', 'effects', 'ports', 'words'],
  oidc: [...floor, 'perform', 'effects', 'ports', 'signInLog', 'store/store'],
  http: [
    ...floor,
    'perform',
    'ports',
    'words',
    'journey',
    'linkJourney',
    'signInLog',
    'limiter',
    'passwordRequests',
    'oidc/interactions',
    'oidc/bearer',
    'oidc/relyingParty',
    'oidc/sessions',
    'oidc/applications',
  ],
  server: [...floor, 'store', 'mail/smtp', 'index', 'options', 'ports'],
  ports: [...floor, 'store/store'],
  passwordRequests: [...floor, 'store/store', 'ports'],
  limiter: [...floor, 'store/store', 'ports'],
  options: [...floor, 'store/store', 'ports', 'words', 'limiter'],
  words: floor,
  effects: [...floor, 'ports'],
  audit: [...floor, 'store/store', 'ports'],
  signInLog: [...floor, 'ports'],
  perform: [...floor, 'store/store', 'ports', 'effects'],
  journey: [...floor, 'ports', 'perform', 'accountJourney', 'linkJourney'],
  linkJourney: [...floor, 'store/store', 'ports', 'perform'],
  accountJourney: [...floor, 'ports', 'perform'],
  index: front,
  cli: [...front, 'server', 'index'],
  main: [...front, 'server', 'index', 'cli'],
}
const hall = Object.keys(mayImport).filter((place) => !rooms.includes(place))

/** Libraries with one home: nobody else may know that they exist. */
const homes: Record<string, string[]> = {
  'node:crypto': ['crypto'],
  'node:sqlite': ['store/sqlite'],
  otplib: ['crypto'],
  '@otplib': ['crypto'],
  '@node-rs/argon2': ['crypto'],
  'oidc-provider': ['oidc', 'server'],
  redis: ['store/redis'],
  '@redis': ['store/redis'],
}

/** `place` is a key of mayImport, or a part of a room (`store/redis`), which has the room's rights and its own libraries. */
function walls(place: string) {
  const owner = place.split('/')[0] ?? place
  const allowed = [owner, ...(mayImport[owner] ?? [])]
  const isShut = (name: string) => !allowed.includes(name)
  const out = hall.includes(owner) ? './' : '../**/'
  const message = `${owner} may not know this: see mayImport and homes in config/oxlint.config.ts`
  const foreign = Object.keys(homes).filter((library) => !homes[library]?.includes(place))
  const patterns = [
    {
      message,
      group: [
        ...rooms.filter(isShut).map((room) => `${out}${room}/**`),
        ...hall.filter(isShut).map((file) => `${out}${file}.ts`),
        ...allowed.filter((name) => name.includes('/')).map((door) => `!${out}${door}.ts`),
      ],
    },
    // The front door names the provider's types in its signatures; it still cannot call it.
    { message, regex: `^(${foreign.join('|')})(/|$)`, allowTypeImports: place === 'index' },
  ]
  // The core is pure: not a library, not Node, nothing above it.
  return owner === 'core' ? [{ message, regex: '^[^.]|^\\.\\.' }] : patterns
}

const filesOf = (place: string) =>
  hall.includes(place)
    ? [`**/src/${place}.ts`]
    : [`**/src/${place}/**`, ...(place.includes('/') ? [`**/src/${place}*`] : [])]

const restrict = (files: string[], patterns: ReturnType<typeof walls>): OxlintOverride => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
})

const layers = [
  restrict(
    ['**/src/**'],
    [{ message: 'a new place needs its line in mayImport, config/oxlint.config.ts', regex: '^\\.' }],
  ),
  ...[...rooms, ...hall, 'store/redis', 'store/sqlite'].map((place) => restrict(filesOf(place), walls(place))),
]

const names = (list: string) => list.split(' ')

// TypeScript must know the browser for the tests that drive one; on a server these names are forgotten imports or variables.
const browser = names('document window self top parent location history origin localStorage sessionStorage')
const vague = names('name event status length alert confirm prompt open close stop')
const impure = names('Date performance crypto process console fetch setTimeout setInterval setImmediate')

const unsafe = ['argument', 'assignment', 'call', 'member-access', 'return'].map(
  (what) => `typescript/no-unsafe-${what}`,
)
const untyped = Object.fromEntries(unsafe.map((rule) => [rule, 'off' as const]))

export default defineConfig({
  // Rooted here: these files are tool configuration, for the compiler and not for the house rules.
  ignorePatterns: ['**'],
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'node', 'promise'],
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    eqeqeq: 'error',
    'no-console': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'all' }],
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'unicorn/prefer-node-protocol': 'error',
    // The compiler's noImplicitReturns judges the same and knows an exhaustive switch.
    'typescript/consistent-return': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/no-unnecessary-type-parameters': 'off',
    // A local function may stand beside its only use; a fresh array may be sorted in place; a default is often named too.
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
    'import/no-named-as-default': 'off',
    'import/no-named-as-default-member': 'off',
    // Our objects are closures: none of their methods has a `this` to lose.
    'typescript/unbound-method': 'off',
    'node/no-process-env': 'error',
    'typescript/await-thenable': 'error',
    'typescript/no-deprecated': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-import-type-side-effects': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/no-non-null-assertion': 'error',
    ...Object.fromEntries(unsafe.map((rule) => [rule, 'error' as const])),
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
    'typescript/return-await': ['error', 'in-try-catch'],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  },
  overrides: [
    { files: ['**/src/**'], rules: { 'no-restricted-globals': ['error', ...browser, ...vague, 'crypto'] } },
    { files: ['**/src/crypto/**'], rules: { 'no-restricted-globals': ['error', ...browser, ...vague] } },
    {
      files: ['**/src/core/**'],
      rules: {
        'no-restricted-globals': ['error', ...browser, ...vague, ...impure],
        'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
      },
    },
    ...layers,
    { files: ['**/views/**'], rules: { ...untyped, 'no-restricted-globals': 'off' } },
    { files: ['**/src/server/**', '**/src/main.ts', '**/src/cli.ts'], rules: { 'node/no-process-env': 'off' } },
    { files: ['**/src/main.ts', '**/src/cli.ts'], rules: { 'no-console': 'off' } },
    {
      files: ['**/test/**'],
      rules: {
        'no-console': 'off',
        // chai's `expect(x).to.be.true` is an expression, supertest's `body` is any.
        'no-unused-expressions': 'off',
        'node/no-process-env': 'off',
        'typescript/no-non-null-assertion': 'off',
        ...untyped,
      },
    },
  ],
})
