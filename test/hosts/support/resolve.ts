/**
 * Lets hosts in tests import `oidc-rekey` as a stranger does. It is the sources, or with REKEY_FROM=package what was packed. Loaded
 * before the first test file.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { consumer, isPacked } from './packed.ts'

const root = join(import.meta.dirname, '../../..')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, { readonly default: string } | string>
}

function sourceOf(specifier: string): string {
  const target = exports[specifier.replace('oidc-rekey', '.')]
  if (typeof target !== 'object') throw new Error(`the package has no ${specifier}`)
  return join(root, target.default.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'))
}

export const resolvePackage = () =>
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!/^oidc-rekey(\/|$)/.test(specifier)) return nextResolve(specifier, context)
      if (isPacked) return nextResolve(specifier, { ...context, parentURL: pathToFileURL(join(consumer, 'x.js')).href })
      return nextResolve(pathToFileURL(sourceOf(specifier)).href, context)
    },
  })
