/**
 * The package as npm would publish it, unpacked where a host would have it: `node_modules/.cache/packed/node_modules/oidc-rekey`. Its
 * dependencies are those of the repository, further up.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }

/** A folder whose files import `oidc-rekey` from the package. */
export const consumer = join(root, 'node_modules/.cache/packed')
export const home = join(consumer, 'node_modules/oidc-rekey')

/** What `npm pack --json` says of it. */
export interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

/** Path of the file that npm installs. */
export const tarball = (): string => join(consumer, `oidc-rekey-${version}.tgz`)

/** Builds, packs and unpacks. */
export function pack(): Packed {
  execFileSync(process.execPath, ['config/build.js'], { cwd: root, stdio: 'inherit' })
  rmSync(consumer, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  const command = ['pack', '--json', '--ignore-scripts', '--pack-destination', consumer]
  const [packed] = JSON.parse(execFileSync('npm', command, { cwd: root, encoding: 'utf8' })) as [Packed]
  execFileSync('tar', ['-xzf', join(consumer, packed.filename), '-C', home, '--strip-components', '1'])
  return packed
}

/** True: hosts import the package and not the sources. `npm test` packs once and says so. */
export const isPacked = process.env['REKEY_FROM'] === 'package'

/** For tests of the package itself, whatever hosts import: packs unless that was done. */
export function ensurePacked(): void {
  if (!isPacked) pack()
}
