/** The package as npm would publish it: what is in it, what it needs, and that its entrances open. */
import { spawnSync } from 'node:child_process'
import { globSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { expect } from 'chai'
import { requireNode } from '../../src/nodeVersion.ts'
import { consumer, ensurePacked, home } from './support/packed.ts'

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string } | string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly engines: { readonly node: string }
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const entrances = Object.keys(manifest.exports).filter((path) => path !== './package.json')
const specifierOf = (entrance: string): string => entrance.replace(/^\./, manifest.name)

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())

/** Every bare module that the built files import, types included. */
function importsOf(folder: string): Set<string> {
  const texts = filesIn(folder).map((path) => readFileSync(path, 'utf8'))
  const specifiers = texts.flatMap((text) => [
    ...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"]([@\w][\w@/:.-]*)['"]/g),
  ])
  return new Set(
    specifiers
      .map(([, name = '']) => name)
      .filter((name) => !isBuiltin(name))
      .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name),
  )
}

function run(script: string, name: string): { readonly output: string; readonly status: number | null } {
  const file = join(consumer, name)
  writeFileSync(file, script)
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
  return { output: stdout + stderr, status }
}

describe('The package', () => {
  before(function () {
    this.timeout(120_000)
    ensurePacked()
  })

  it('holds what was built, views, documents and two configurations, and nothing else', () => {
    const sources = globSync('src/**/*.ts').map((path) => path.replace(/^src\//, 'dist/').replace(/\.ts$/, ''))
    const expected = [
      ...sources.flatMap((path) => [`${path}.js`, `${path}.d.ts`]),
      ...['views', 'docs'].flatMap(filesIn),
      ...globSync('config/*.yaml'),
      ...globSync('examples/**/*')
        .filter((path) => statSync(path).isFile())
        .filter((path) => !/\/(node_modules|data|dist|package-lock\.json)\b/.test(path.replace('examples/', ''))),
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ]
    const found = filesIn(home).map((path) => path.slice(home.length + 1))
    expect(found).to.have.members(expected)
  })

  it('imports nothing but its dependencies and its peers', () => {
    const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]
    expect(declared).to.include.members([...importsOf(join(home, 'dist'))])
  })

  it('takes ranges for its dependencies, and the provider from its host', () => {
    for (const [name, range] of Object.entries(manifest.dependencies)) expect(range, name).to.match(/^\^/)
    expect(manifest.peerDependencies).to.have.property('oidc-provider', '^9.0.0')
    expect(manifest.dependencies).not.to.have.property('oidc-provider')
    for (const [name, version] of Object.entries(manifest.devDependencies)) expect(version, name).to.match(/^\d/)
  })

  it('says on an older Node.js what it needs', () => {
    expect(manifest.engines.node).to.equal('>=22.13')
    for (const version of ['22.13.0', '22.23.3', '23.0.0', '24.0.0']) requireNode(version)
    for (const version of ['18.20.8', '20.20.2', '22.12.0', ''])
      expect(() => requireNode(version), version).to.throw('needs Node.js 22.13 or newer')
  })

  for (const entrance of entrances) {
    it(`opens at ${specifierOf(entrance)} for import and for require`, () => {
      const specifier = specifierOf(entrance)
      const names = `console.log(Object.keys(it).filter((name) => typeof it[name] === 'function').length > 0)`
      const byImport = run(`const it = await import('${specifier}'); ${names}`, 'import.mjs')
      expect(byImport).to.deep.equal({ output: 'true\n', status: 0 })
      const byRequire = run(`const it = require('${specifier}'); ${names}`, 'require.cjs')
      expect(byRequire).to.deep.equal({ output: 'true\n', status: 0 })
    })
  }
})
