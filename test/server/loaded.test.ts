/** What `serve` loads before the first request: a module costs memory for as long as the process runs. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'
import { expect } from 'chai'

const root = fileURLToPath(new URL('../../src/', import.meta.url))

/** The packages and the files that a file imports at once, types left out. */
function importsOf(path: string): readonly string[] {
  const { staticImports, staticExports } = parseSync(path, readFileSync(path, 'utf8')).module
  const imported = staticImports
    .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
    .map(({ moduleRequest }) => moduleRequest.value)
  const passedOn = staticExports
    .flatMap(({ entries }) => entries)
    .filter(({ isType }) => !isType)
    .flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])
  return [...imported, ...passedOn]
}

function loadedFrom(...entries: readonly string[]): {
  readonly files: ReadonlySet<string>
  readonly packages: ReadonlySet<string>
} {
  const files = new Set(entries)
  const packages = new Set<string>()
  for (const path of files)
    for (const name of importsOf(join(root, path))) {
      if (name.startsWith('.')) files.add(join(dirname(path), name))
      else packages.add(name)
    }
  return { files, packages }
}

describe('oidc-rekey serve, before the first request', () => {
  const { files, packages } = loadedFrom(
    'cli.ts',
    'server/runService.ts',
    'server/commands/commandLine.ts',
    'server/commands/openService.ts',
  )

  it('loads the parts of every installation', () => {
    expect([...packages]).to.include.members(['oidc-provider', 'koa', 'zod', 'otplib', '@node-rs/argon2'])
    expect([...files]).to.include.members(['server/serve.ts', 'oidc/adapter.ts'])
  })

  it('loads no driver of a database', () => {
    expect([...files].filter((path) => /^store\/(?:sqlite|redis|postgres)\b/.test(path))).to.deep.equal([])
    expect([...packages].filter((name) => /redis|^pg$/.test(name))).to.deep.equal([])
  })

  for (const name of [
    'prom-client',
    'openid-client',
    'light-my-request',
    '@node-rs/bcrypt',
    '@zxcvbn-ts/language-common',
    '@simplewebauthn/server',
  ])
    it(`loads ${name} when it is needed`, () => {
      expect(packages.has(name)).to.be.false
    })

  it('loads no sample application', () => {
    expect([...files].filter((path) => path.startsWith('server/sample/'))).to.deep.equal([])
  })
})
