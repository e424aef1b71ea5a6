/** The command line of the package, installed by npm into an empty folder. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createVisitor } from '../support/client.ts'
import { freePorts } from '../support/server.ts'
import { ensurePacked, tarball } from './support/packed.ts'
import { startProcess } from './support/process.ts'
import { signIn } from './support/signIn.ts'

describe('npx oidc-rekey, in an empty folder', () => {
  let folder = ''
  before(function () {
    this.timeout(300_000)
    ensurePacked()
    folder = mkdtempSync(join(tmpdir(), 'rekey-npx-'))
    execFileSync('npm', ['init', '-y'], { cwd: folder })
    const quickly = ['--prefer-offline', '--no-audit', '--no-fund']
    execFileSync('npm', ['install', ...quickly, tarball()], { cwd: folder, stdio: 'pipe' })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const npx = (
    ...args: string[]
  ): { readonly status: number | null; readonly lines: string[]; readonly errors: string } => {
    const { status, stdout, stderr } = spawnSync('npx', ['oidc-rekey', ...args], { cwd: folder, encoding: 'utf8' })
    return { status, lines: stdout.trimEnd().split('\n'), errors: stderr }
  }

  it('lists its commands', () => {
    const { status, lines } = npx('--help')
    expect(status).to.equal(0)
    expect(lines[0]).to.equal('Usage: oidc-rekey COMMAND')
  })

  it('checks the configuration that comes with the package', () => {
    const { status, lines, errors } = npx('config', 'check')
    expect(status, errors).to.equal(0)
    expect(lines).to.include.members([
      'issuer   http://localhost:3000',
      'store    sqlite',
      'mail     development mailbox',
    ])
  })

  it('examines the mount of the standalone server', () => {
    const { status, lines, errors } = npx('doctor')
    expect(status, lines.join('\n') + errors).to.equal(0)
  })

  it('serves, signs a person in, stops, and lists the accounts', async () => {
    const [port, samplePort] = await freePorts(2)
    const issuer = `http://localhost:${port}`
    const serving = await startProcess(['npx', 'oidc-rekey', 'serve'], {
      cwd: folder,
      env: { PORT: `${port}`, SAMPLE_PORT: `${samplePort}` },
      answers: `${issuer}/health/ready`,
    })
    try {
      expect(serving.output()).to.contain(`oidc-rekey serves ${issuer}`)
      const password = readFileSync(join(folder, 'data/demo-password'), 'utf8').trim()
      const person = { email: 'user01@example.com', password }
      const isThere = ({ h1 }: { h1: string | null }): boolean => h1 === 'Your security'
      await signIn(createVisitor(issuer), person, { from: '/account', until: isThere })
      const fromOutside = npx('doctor', '--url', issuer)
      expect(fromOutside.status, fromOutside.lines.join('\n') + fromOutside.errors).to.equal(0)
    } finally {
      await serving.stop()
    }
    const { status, lines, errors } = npx('accounts', 'list')
    expect(status, errors).to.equal(0)
    expect(lines.find((line) => line.includes('user01@example.com'))).to.contain('active')
  })
})
