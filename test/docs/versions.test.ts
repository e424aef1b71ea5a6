/** The table of versions agrees with package.json and with what stores refuse. */
import { expect } from 'chai'
import { page, read } from './pages.ts'

interface Manifest {
  readonly engines: { readonly node: string }
  readonly scripts: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const manifest = JSON.parse(read('package.json').text) as Manifest

/** The right column, by a word of the left one. */
function row(word: string): string {
  const found = page('versions')
    .split('\n')
    .find((line) => line.startsWith('| ') && (line.split(' | ')[0] ?? '').includes(word))
  if (!found) throw new Error(`no row names ${word}`)
  return found
}

/** `^9.0.0` → `9.0 or newer of major 9`. */
function inWords(range: string): string {
  const [, major, minor] = /^\^(\d+)\.(\d+)/.exec(range) ?? []
  return `${major}.${minor} or newer of major ${major}`
}

describe('The versions', () => {
  it('of Node.js are those of the package and of the repository', () => {
    const needed = /^>=(.*)$/.exec(manifest.engines.node)?.[1]
    expect(row('to run the package')).to.contain(`${needed} or newer`)
    expect(row('in the repository')).to.contain('20 or newer')
    expect(read('README.md').text).to.contain(`Node.js ${needed} or newer`)
  })

  it('of oidc-provider are the range of the peer and the version that the tests run on', () => {
    const range = manifest.peerDependencies['oidc-provider'] ?? ''
    expect(row('node-oidc-provider')).to.contain(inWords(range))
    expect(row('node-oidc-provider')).to.contain(`Tested with ${manifest.devDependencies['oidc-provider']}`)
    const oldest = /oidc-provider@([\d.]+)'/.exec(read('config/hosts.js').text)?.[1]
    expect(range).to.equal(`^${oldest}`)
  })

  it('of pg are the range of the peer', () => {
    expect(row('PostgreSQL')).to.contain(inWords(manifest.peerDependencies['pg'] ?? ''))
  })
})
