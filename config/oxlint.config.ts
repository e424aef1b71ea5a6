/** Lint. Imports between rooms are in rooms.ts, checked by structure.js; imports of libraries are here. */
import { defineConfig, type OxlintOverride } from 'oxlint'

/** Libraries that only these rooms may import. */
const homes: Record<string, string[]> = {
  'node:crypto': ['crypto'],
  'node:sqlite': ['store/sqlite'],
  '@simplewebauthn': ['crypto/passkeys'],
  otplib: ['crypto'],
  '@otplib': ['crypto'],
  '@node-rs/argon2': ['crypto'],
  'oidc-provider': ['oidc', 'server'],
  redis: ['store/redis'],
  '@redis': ['store/redis'],
  pg: ['store/postgres'],
}

const message = 'only other rooms may import this library: see config/oxlint.config.ts'

/** @param room a folder of src, or a file without its ending */
function closed(room: string, allowTypeImports = false): OxlintOverride {
  const foreign = Object.keys(homes).filter((library) => !homes[library]?.includes(room))
  const patterns = [{ message, regex: `^(${foreign.join('|')})(/|$)`, allowTypeImports }]
  const files = room === '' ? ['**/src/**'] : [`**/src/${room}/**`, `**/src/${room}.ts`]
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } }
}

const layers: OxlintOverride[] = [
  closed(''),
  ...[...new Set(Object.values(homes).flat())].map((room) => closed(room)),
  // Their signatures contain types of the provider; they cannot call it.
  closed('index', true),
  closed('plugin', true),
  closed('rekey', true),
  closed('attach', true),
  closed('doctor', true),
  {
    files: ['**/src/core/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ message: 'the core is pure', regex: '^[^.]|^\\.\\.' }] }],
    },
  },
]

const names = (list: string) => list.split(' ')

// TypeScript knows the browser's globals because tests use one; on a server such a name is a missing import or variable.
const browser = names('document window self top parent location history origin localStorage sessionStorage')
const vague = names('name event status length alert confirm prompt open close stop')
const impure = names('Date performance crypto process console fetch setTimeout setInterval setImmediate')

const unsafe = ['argument', 'assignment', 'call', 'member-access', 'return'].map(
  (what) => `typescript/no-unsafe-${what}`,
)
const untyped = Object.fromEntries(unsafe.map((rule) => [rule, 'off' as const]))

export default defineConfig({
  // The files of this folder are tool configuration: the compiler checks them, these rules do not.
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
    // The compiler's noImplicitReturns covers this, exhaustive switches included.
    'typescript/consistent-return': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/no-unnecessary-type-parameters': 'off',
    // Local functions next to their only use, sorting of fresh arrays, and defaults that are named too are accepted.
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
    'import/no-named-as-default': 'off',
    'import/no-named-as-default-member': 'off',
    // Objects here are closures: their methods do not use `this`.
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
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
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
    { files: ['**/src/oidc/**'], rules: { 'no-restricted-globals': ['error', ...browser, ...vague, ...impure] } },
    ...layers,
    { files: ['**/views/**'], rules: { ...untyped, 'no-restricted-globals': 'off' } },
    { files: ['**/src/server/**', '**/src/main.ts', '**/src/cli.ts'], rules: { 'node/no-process-env': 'off' } },
    { files: ['**/src/main.ts', '**/src/cli.ts'], rules: { 'no-console': 'off' } },
    // A contract is a test suite: a missing answer fails it.
    { files: ['**/src/testing/*Contract/**'], rules: { 'typescript/no-non-null-assertion': 'off' } },
    {
      files: ['**/test/bench/bare/**'],
      rules: {
        'no-restricted-imports': [
          'error',
          { patterns: [{ message: 'the bare provider has nothing of ours', regex: '/(src|support)/' }] },
        ],
      },
    },
    {
      // Other people's applications: their dependencies are not installed here.
      files: ['**/examples/**'],
      rules: {
        ...untyped,
        'no-console': 'off',
        'no-restricted-imports': 'off',
        'no-restricted-globals': 'off',
        'import/no-unassigned-import': 'off',
        'node/no-process-env': 'off',
        'oxc/no-async-endpoint-handlers': 'off',
        // openid-client marks plain http on this machine so.
        'typescript/no-deprecated': 'off',
        'typescript/no-extraneous-class': 'off',
        'typescript/no-misused-promises': 'off',
        'typescript/no-redundant-type-constituents': 'off',
        'typescript/no-floating-promises': 'off',
        'typescript/prefer-promise-reject-errors': 'off',
      },
    },
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
