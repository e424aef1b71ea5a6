/** The copy of oidc-provider: this package and the host must import the same, of a version that this package knows. */
import { createRequire } from 'node:module'
import { isOfThisCopy, libraryOf, type LibraryCopy, ownLibrary } from '../oidc/inspection.ts'
import type { Check, Trouble } from './check.ts'

const described = (copy: LibraryCopy | null): string =>
  copy ? `${copy.version} in ${copy.path}` : 'one that is not found'

export const twoCopies: Check<{ readonly provider: unknown }> = {
  severity: 'fatal',
  mend: 'See `npm ls oidc-provider`, then `npm dedupe`: one copy for the host and oidc-rekey',
  run({ provider }) {
    if (isOfThisCopy(provider)) return []
    const ours = ownLibrary()
    const theirs = libraryOf(process.argv[1] ?? '')
    const others = theirs && theirs.path !== ours?.path ? `; that of the application is ${described(theirs)}` : ''
    const found = `the provider is of another copy of oidc-provider than that of oidc-rekey, which is ${described(ours)}`
    return [{ found: found + others }]
  },
}

interface Versions {
  /** Of the copy in use. */
  readonly version: string
  /** The peer range: `^9.0.0`. */
  readonly range: string
  /** The newest version that the tests ran with. */
  readonly tested: string
}

interface Manifest {
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

export function installedVersions(): Versions | null {
  const copy = ownLibrary()
  const manifest = createRequire(import.meta.url)('../../package.json') as Manifest
  const range = manifest.peerDependencies['oidc-provider']
  const tested = manifest.devDependencies['oidc-provider']
  return copy && range !== undefined && tested !== undefined ? { version: copy.version, range, tested } : null
}

export const version: Check<Versions | null> = {
  severity: 'fatal',
  mend: 'See docs/versions.md, which lists the versions that go together',
  run(versions): Trouble[] {
    if (!versions) return []
    const { version: used, range, tested } = versions
    const least = range.replace(/^\^/, '')
    const [major] = numbers(least)
    if (numbers(used)[0] !== major || isNewer(least, used))
      return [{ found: `oidc-provider ${used} is outside of ${range}` }]
    const isUntested = isNewer(used, tested)
    return isUntested
      ? [{ severity: 'warn', found: `oidc-provider ${used} is newer than ${tested}, the newest that was tested` }]
      : []
  },
}

const numbers = (text: string): number[] => text.split(/[.-]/, 3).map(Number)

function isNewer(text: string, than: string): boolean {
  const [parts, others] = [numbers(text), numbers(than)]
  const differing = parts.findIndex((number, index) => number !== others[index])
  return differing >= 0 && (parts[differing] ?? 0) > (others[differing] ?? 0)
}
