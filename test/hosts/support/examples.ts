/** The hosts in `examples`, each as a process, driven from outside. */
import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePorts } from '../../support/server.ts'
import { runJourneys } from './journeys.ts'
import { startProcess } from './process.ts'

interface Example {
  /** Path of the issuer. */
  readonly base?: string
  /** Path of the provider. Default: that of the issuer. */
  readonly provider?: string
  readonly acr?: string
  /** Of an authenticator that Ana had before. */
  readonly secret?: string
}

/** By folder. */
export const examples: Readonly<Record<string, Example>> = {
  koa: {},
  express: { base: '/oidc' },
  'express-root-issuer': { provider: '/oauth', acr: 'urn:example:loa1' },
  fastify: { base: '/oidc' },
  nest: { base: '/oidc' },
  commonjs: {},
  'redis-adapter': {},
  federated: {},
  postgres: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' },
}

const run = promisify(execFile)
const source = join(import.meta.dirname, '../../../examples')

/** A copy of an example, without what its own runs left there. */
export function copyExample(name: string, folder: string): void {
  const leftovers = new Set(['node_modules', 'package-lock.json', 'data', 'dist', '.env'])
  const filter = (path: string): boolean => !leftovers.has(path.slice(source.length).split('/')[2] ?? '')
  cpSync(join(source, name), folder, { recursive: true, filter })
}

/** The doctor of the package finds no fault from outside. */
async function examine(home: string, issuer: string): Promise<void> {
  const command = [join(home, 'dist/cli.js'), 'doctor', '--url', issuer]
  await run('node', command).catch((error: { readonly stdout: string; readonly stderr: string }) => {
    throw new Error(`doctor --url: ${error.stdout}${error.stderr}`)
  })
}

/**
 * Starts the example in this folder with `npm start`, and drives it through both journeys and the console.
 * @param home where the package is
 * @throws Error with what it printed
 */
export async function runExample(
  name: string,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
  home = join(folder, 'node_modules/oidc-rekey'),
): Promise<void> {
  const { base = '', provider = base, acr, secret } = examples[name] ?? {}
  const [port] = await freePorts(1)
  const issuer = `http://localhost:${port}${base}`
  const env = { PORT: String(port), ...environment }
  const host = await startProcess(['npm', 'start'], { cwd: folder, env, answers: `${issuer}/account` })
  try {
    const password = 'correct horse battery staple'
    await examine(home, issuer)
    await runJourneys({ issuer, authorization: `${provider}/auth`, output: host.output, password, acr, secret })
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}\n\n${host.output()}`, {
      cause: error,
    })
  } finally {
    await host.stop()
  }
}
