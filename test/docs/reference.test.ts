/** The lists of the documents and the code are equal, in both directions. */
import { expect } from 'chai'
import { parse } from 'yaml'
import { mayImport } from '../../config/rooms.ts'
import { findingIds } from '../../src/doctor/check.ts'
import { calls } from '../../src/http/api/calls.ts'
import { statusOf } from '../../src/http/api/codes.ts'
import { languages } from '../../src/i18n/messages.ts'
import * as exported from '../../src/index.ts'
import { importAccounts } from '../../src/server/commands/importAccounts.ts'
import { runCommand } from '../../src/server/commands/commandLine.ts'
import { variables } from '../../src/server/configuration/environment.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { keysOf, membersOf } from './declared.ts'
import { documents, listed, page, read, section } from './pages.ts'

/** `reset({ accountId })` is the method `reset`. */
const names = (signatures: readonly string[]): string[] => signatures.map((call) => call.split('(', 1)[0] ?? '')

describe('The documents', () => {
  it('list every room of src', () => {
    const rooms = listed(section(read('src/README.md').text, 'Rooms'))
    expect(rooms).to.have.members(Object.keys(mayImport))
  })

  it('list every language, by its English name', () => {
    const [, list = ''] = /^(.+): each is a file in `views\/locales`/m.exec(page('journey')) ?? []
    const english = new Intl.DisplayNames('en', { type: 'language' })
    expect(list.split(', ')).to.have.members(languages.map((language) => english.of(language)))
  })

  it('list every variable that is read', () => {
    const inTable = listed(page('configuration')).filter((name) => /^[A-Z_]+$/.test(name))
    expect(inTable).to.have.members(['CONFIG', 'NODE_ENV', ...Object.keys(variables)])
  })

  it('show an account line that can be imported', async () => {
    const [, line = ''] = /```json\n(.*)\n```/.exec(page('configuration')) ?? []
    const clock = { now: () => 1_800_000_000 }
    const accounts = createDirectory({ profiles: memoryStore({ clock }).profiles, clock })
    async function* entries() {
      yield { line: 1, value: JSON.parse(line) as unknown }
    }
    const said: string[] = []
    const counts = await importAccounts(entries(), {
      accounts,
      clock,
      adopt: async () => undefined,
      report: (text) => void said.push(text),
    })
    expect(counts.created, said.join()).to.equal(1)
  })

  it('list every command', async () => {
    const lines: string[] = []
    const out = (line: string): number => lines.push(line)
    const shell = { out, error: out, environment: {} }
    await runCommand(['--help'], shell as unknown as Parameters<typeof runCommand>[1])
    const commands = lines.filter((line) => line.startsWith('  ')).map((line) => line.slice(2, 20).trim())
    expect(listed(section(page('configuration'), 'Commands'))).to.have.members(commands)
  })

  it('name no configuration key that the example file lacks', () => {
    const example = read('config/production.example.yaml').text
    const switchedOn = example.replaceAll(/^( *)#([a-z_]+:)/gm, '$1$2')
    const tree = parse(switchedOn, { uniqueKeys: false }) as Record<string, Record<string, unknown>>
    const dotted = documents.flatMap(({ text }) => [...text.matchAll(/`([a-z_]+)\.([a-z_]+)[`:]/g)])
    // Names of the same form: audit types, and a field of a Reset.
    const others = [...membersOf('AuditType'), 'mail.status']
    const keys = dotted.filter(
      ([, group = '', key]) => Object.hasOwn(tree, group) && !others.some((name) => name.startsWith(`${group}.${key}`)),
    )
    expect(keys).to.not.be.empty
    for (const [text, group = '', key = ''] of keys) expect(tree[group], text).to.have.property(key)
  })

  it('list every refusal of the management API with its status', () => {
    const rows = section(page('errors'), 'Management API')
      .split('\n')
      .filter((line) => /^\| \d/.test(line))
      .flatMap((line) => listed(line, 1).map((code) => [code, Number(line.slice(2, 5))]))
      .filter(([code]) => code !== 'errors[]' && code !== 'Retry-After')
    expect(Object.fromEntries(rows)).to.deep.equal(statusOf)
  })

  it('list every error that the package exports with its code', () => {
    const isError = (value: unknown): value is { readonly code: string } =>
      typeof value === 'function' && value.prototype instanceof Error && 'code' in value && value.code !== 'rekey_error'
    const codes = Object.entries(exported).flatMap(([name, value]) => (isError(value) ? [[name, value.code]] : []))
    const table = section(page('errors'), 'Thrown by the package')
    const rows = listed(table).map((name, row) => [name, listed(table, 1)[row]])
    expect(rows).to.have.deep.members(codes)
  })

  it('have a paragraph for every finding of the doctor', () => {
    const headings = [...page('doctor').matchAll(/^## ([a-z-]+)$/gm)].map(([, id]) => id)
    expect(headings).to.have.members([...findingIds])
  })

  it('list every call of the management API with its scope', () => {
    const rows = page('management-api')
      .split('\n')
      .filter((line) => /^\| `[A-Z]+ \//.test(line))
    const inTable = rows.map((row) => [listed(row)[0], listed(row, 1)[0]])
    expect(inTable).to.have.deep.members(Object.entries(calls).map(([call, { scope }]) => [call, scope]))
  })

  it('list every type of audit line', () => {
    const types = listed(section(page('monitoring'), 'Audit'))
    expect(types).to.have.members(membersOf('AuditType'))
  })

  it('list every metric of this project', () => {
    const source = read('src/server/metrics.ts').text
    const metrics = [...source.matchAll(/'(oidc_rekey_\w+)'/g)].map(([, name]) => name)
    expect(listed(section(page('monitoring'), 'Health and metrics'))).to.have.members(metrics)
  })

  it('list every option and every method of the plugin', () => {
    expect(listed(section(page('reference'), 'Options'))).to.have.members(keysOf('RekeyOptions'))
    expect(names(listed(section(page('reference'), 'Methods')))).to.have.members(keysOf('Rekey'))
  })

  it('list every method that the plugin calls on a directory', () => {
    const [methods = ''] = page('directory').split('\n## ')
    expect(names(listed(methods))).to.have.members(keysOf('Directory'))
  })

  it('list every field of a person and of a query for a list', () => {
    expect(listed(section(page('directory'), 'A person'))).to.have.members(keysOf('DirectoryPerson'))
    expect(listed(section(page('directory'), 'list'))).to.have.members(keysOf('PeopleQuery'))
  })
})
