/** What the command `doctor` examines: this configuration, a host's module, or an address. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { systemClock } from '../../clock.ts'
import { beginExamination } from '../../doctor/examined.ts'
import { examineOutside } from '../../doctor/outside.ts'
import { type Finding, MountRefused } from '../../errors.ts'
import type { Rekey } from '../../index.ts'
import { assemble } from '../assemble.ts'
import type { Configuration } from '../configuration/read.ts'
import { createProvider } from '../provider.ts'

export type Subject =
  | { readonly is: 'configuration'; readonly configuration: Configuration }
  /** A module that exports `rekey`, attached. */
  | { readonly is: 'module'; readonly path: string }
  | { readonly is: 'url'; readonly issuer: string }

export async function examine(subject: Subject): Promise<readonly Finding[]> {
  beginExamination()
  switch (subject.is) {
    case 'configuration':
      return examineConfiguration(subject.configuration)
    case 'module':
      return examineModule(subject.path)
    case 'url':
      return examineOutside({ issuer: subject.issuer, now: systemClock.now })
  }
}

async function examineConfiguration(configuration: Configuration): Promise<readonly Finding[]> {
  if (existsSync(configuration.dataDirectory)) return examineServer(configuration)
  // A server that was never started has no data: the examination leaves none behind.
  const directory = await mkdtemp(join(tmpdir(), 'oidc-rekey-doctor-'))
  const { store } = configuration
  try {
    return await examineServer({
      ...configuration,
      dataDirectory: directory,
      store: store.is === 'sqlite' ? { ...store, directory } : store,
    })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function examineServer(configuration: Configuration): Promise<readonly Finding[]> {
  const service = await assemble(configuration)
  const { rekey } = service
  try {
    return await findingsOf(async () => {
      // What is fatal is in the second answer too.
      await rekey.attach(createProvider(rekey, configuration, service.secrets)).catch(() => undefined)
      return rekey.doctor()
    })
  } finally {
    await rekey.close()
    await service.close()
  }
}

async function examineModule(path: string): Promise<readonly Finding[]> {
  return findingsOf(async () => {
    const { rekey } = (await import(pathToFileURL(resolve(path)).href)) as { readonly rekey?: Rekey }
    if (typeof rekey?.doctor !== 'function') throw new Error(`${path} exports no rekey`)
    return rekey.doctor()
  })
}

/** A module that awaits `attach` fails with what is fatal. */
async function findingsOf(work: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof MountRefused) return error.findings
    throw error
  }
}
