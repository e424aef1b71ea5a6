/** What the documents tell a reader to type exists. */
import { existsSync } from 'node:fs'
import { expect } from 'chai'
import { calls } from '../../src/http/api/calls.ts'
import { runCommand } from '../../src/server/commands/commandLine.ts'
import { documents, read, root } from './pages.ts'

const { scripts } = JSON.parse(read('package.json').text) as { readonly scripts: Readonly<Record<string, string>> }

/** Code spans, and the lines of shell blocks. */
const typed = documents.flatMap(({ path, text }) =>
  [...text.matchAll(/```sh\n(.*?)```/gs), ...text.replaceAll(/```.*?```/gs, '').matchAll(/`([^`]+)`/g)].map(
    ([, code = '']) => ({ path, code }),
  ),
)
const all = (pattern: RegExp) =>
  typed.flatMap(({ path, code }) => [...code.matchAll(pattern)].map(([whole, name = '']) => ({ path, whole, name })))

describe('What the documents tell to type', () => {
  it('names scripts of package.json', () => {
    const found = all(/\bnpm run ([a-z]+)/g)
    expect(found.map(({ name }) => name)).to.include.members(['check', 'hosts'])
    for (const { path, whole, name } of found) expect(scripts, `${path}: ${whole}`).to.have.property(name)
  })

  it('names commands of the command line', async () => {
    const lines: string[] = []
    const out = (line: string): number => lines.push(line)
    const shell = { out, error: out, environment: {} }
    await runCommand(['--help'], shell as unknown as Parameters<typeof runCommand>[1])
    const commands = lines.filter((line) => line.startsWith('  ')).map((line) => line.slice(2, 20).trim())
    const found = all(/\b(?:npx oidc-rekey|npm run cli --) ([a-z-]+(?: [a-z-]+)?)/g)
    expect(found).to.not.be.empty
    for (const { path, whole, name } of found) {
      const isKnown = name === 'help' || commands.some((command) => `${name} `.startsWith(`${command} `))
      expect(isKnown, `${path}: ${whole}`).to.equal(true)
    }
  })

  it('names calls of the management API', () => {
    const found = all(/curl -X ([A-Z]+ \S+)/g).map(({ name }) => name)
    expect(found).to.not.be.empty
    const known = Object.keys(calls).map((call) => new RegExp(`^${call.replaceAll(/\{\w+\}/g, '[\\w-]+')}$`))
    for (const call of found) {
      const short = call.replace(/https?:\/\/[^/]+\/management\/v1/, '')
      expect(
        known.some((pattern) => pattern.test(short)),
        call,
      ).to.equal(true)
    }
  })

  it('names folders that exist', () => {
    for (const { path, whole, name } of all(/\b(examples\/[a-z-]+)/g))
      expect(existsSync(new URL(name, root)), `${path}: ${whole}`).to.equal(true)
  })
})
