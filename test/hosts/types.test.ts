/** The types of the package compile in a stranger's strict project, in all three ways to resolve modules. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { consumer, ensurePacked, home } from './support/packed.ts'

const host = `import { after, before, describe, it } from 'node:test'
import { Provider, type Configuration } from 'oidc-provider'
import { createRekey, OptionsRefused, RekeyError, StoreUnavailable } from 'oidc-rekey'
import type {
  App, AuditEvent, AuditLog, AuditQuery, AuditType, Authenticated, Artefacts, Brand, Clock, Directory, DirectoryPerson, Email, Facts, FactorState, Finding,
  Journal, LimitEvent, Mailer, NewPerson, OptionFault, Pages, PeopleQuery, Person, PersonChanges, Principal, Profiles, Records, Refusal,
  Rekey, RekeyOptions, Reset, ResetResult, Rules, SealingKey, SecondFactor, Store, TokenRequirement,
} from 'oidc-rekey'
import { openPostgres, schemaSql } from 'oidc-rekey/postgres'
import { openRedis } from 'oidc-rekey/redis'
import { smtpMailer } from 'oidc-rekey/smtp'
import { openSqlite } from 'oidc-rekey/sqlite'
import { authenticator, memoryDirectory, memoryStore, movableClock, storeContract, testMailbox } from 'oidc-rekey/testing'

export type Names = [
  App, AuditEvent, AuditLog, AuditQuery, AuditType, Authenticated, Artefacts, Brand, Clock, Directory, DirectoryPerson, Email, Facts, FactorState, Finding,
  Journal, LimitEvent, Mailer, NewPerson, OptionFault, Pages, PeopleQuery, Person, PersonChanges, Principal, Profiles, Records, Refusal,
  ResetResult, Rules, SealingKey, SecondFactor, TokenRequirement,
]

export async function mount(yours: Configuration): Promise<Rekey> {
  const stores: Store[] = [
    await openPostgres({ url: 'postgres://localhost' }),
    await openRedis({ url: 'redis://localhost' }),
    openSqlite({ directory: 'data' }),
    memoryStore(),
  ]
  const options: RekeyOptions = {
    issuer: 'https://id.example.com',
    store: stores[0] ?? memoryStore({ clock: movableClock() }),
    directory: memoryDirectory(),
    mail: Math.random() < 0.5 ? testMailbox() : smtpMailer({ url: 'smtp://localhost', from: 'a@example.com' }),
    keys: 'k1:…',
  }
  const rekey = await createRekey(options)
  const provider = new Provider(options.issuer, rekey.configuration(yours))
  await rekey.attach(provider)
  const known: { reset: Reset | null } | null = await rekey.state('ana')
  console.log(known?.reset?.status, schemaSql('rekey'), authenticator('A').code(0))
  return rekey
}

export const isOurs = (error: unknown): string[] => {
  if (error instanceof OptionsRefused) return error.faults.map(({ path, nearest }) => path + (nearest ?? ''))
  return error instanceof StoreUnavailable || error instanceof RekeyError ? [error.code] : []
}
export class LeanDirectory implements Directory {
  async find(id: string): Promise<DirectoryPerson | null> {
    return { id, email: 'ana@example.com', secondFactorSince: null }
  }
  async enrolled(): Promise<void> {}
  async list(): Promise<DirectoryPerson[]> {
    return []
  }
}
storeContract({ describe, it, before, after }, async (clock) => {
  const store = memoryStore({ clock })
  return { store, close: () => store.close() }
})
`

/** The bare modules that a declaration and all it imports name. */
function modulesOf(declaration: string, seen = new Set<string>()): string[] {
  if (seen.has(declaration)) return []
  seen.add(declaration)
  const specifiers = [...readFileSync(declaration, 'utf8').matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*'([^'\s]+)'/g)]
  return specifiers.flatMap(([, name = '']) => {
    if (!name.startsWith('.')) return [name]
    return modulesOf(join(dirname(declaration), name.replace(/\.[jt]s$/, '.d.ts')), seen)
  })
}

describe('The types of the package', () => {
  before(function () {
    this.timeout(120_000)
    ensurePacked()
  })

  it('name neither Koa nor a JSON file', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      exports: Record<string, { types?: string }>
    }
    const declarations = Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [join(home, types)]))
    expect(declarations).to.have.lengthOf.at.least(6)
    const modules = new Set(declarations.flatMap((file) => modulesOf(file)))
    expect([...modules].filter((name) => !name.startsWith('node:'))).to.deep.equal(['oidc-provider'])
  })

  for (const [module, moduleResolution] of [
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['preserve', 'bundler'],
  ] as const)
    it(`compile strictly with moduleResolution ${moduleResolution}`, () => {
      const folder = join(consumer, `types-${moduleResolution}`)
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'host.mts'), host)
      const compilerOptions = {
        target: 'es2023',
        lib: ['es2023', 'dom'],
        module,
        moduleResolution,
        types: ['node'],
        noEmit: true,
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
      }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['host.mts'] }))
      const tsc = spawnSync('node_modules/.bin/tsc', ['--project', folder], { encoding: 'utf8' })
      expect(tsc.stdout + tsc.stderr).to.equal('')
    })
})
