/** The hosts in `examples`, each as a process, driven from outside. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../../support/server.ts'
import { runJourneys } from './journeys.ts'
import { startProcess } from './process.ts'

interface Example {
  /** Path of the issuer. */
  readonly base?: string
  /** Path of the provider. Default: that of the issuer. */
  readonly provider?: string
}

/** By folder. */
export const examples: Readonly<Record<string, Example>> = {
  koa: {},
  express: { base: '/oidc' },
  fastify: { base: '/oidc' },
  nest: { base: '/oidc' },
  commonjs: {},
  'redis-adapter': {},
  federated: {},
}

const source = join(import.meta.dirname, '../../../examples')

/** A copy of an example, without what its own runs left there. */
export function copyExample(name: string, folder: string): void {
  const leftovers = new Set(['node_modules', 'package-lock.json', 'data', 'dist', '.env'])
  const filter = (path: string): boolean => !leftovers.has(path.slice(source.length).split('/')[2] ?? '')
  cpSync(join(source, name), folder, { recursive: true, filter })
}

/**
 * Starts the example in this folder with `npm start`, and drives it through both journeys and the console.
 * @throws Error with what it printed
 */
export async function runExample(
  name: string,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { base = '', provider = base } = examples[name] ?? {}
  const [port] = await freePorts(1)
  const issuer = `http://localhost:${port}${base}`
  const env = { PORT: String(port), ...environment }
  const host = await startProcess(['npm', 'start'], { cwd: folder, env, answers: `${issuer}/account` })
  try {
    const password = 'correct horse battery staple'
    await runJourneys({ issuer, authorization: `${provider}/auth`, output: host.output, password })
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}\n\n${host.output()}`, {
      cause: error,
    })
  } finally {
    await host.stop()
  }
}
