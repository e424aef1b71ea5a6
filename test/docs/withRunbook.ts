/**
 * Every block of commands of docs/operations.md, in its order, in one shell, on the package as npm installs it: from the first start to the
 * export of the audit. Part of `npm run faults`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { pack, tarball } from '../hosts/support/packed.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, setupKeyIn } from '../support/client.ts'
import { freePorts } from '../support/server.ts'
import { createMailServer, type MailServer } from '../support/smtp.ts'
import { page, root } from './pages.ts'

/** The blocks below a heading; those before the first are of all. */
const procedures = page('operations')
  .split(/^## /m)
  .map((part, n) => ({
    name: n === 0 ? 'the words' : (part.split('\n', 1)[0] ?? ''),
    blocks: [...part.matchAll(/```sh\n(.*?)```/gs)].map(([, code = '']) => code),
  }))
  .filter(({ blocks }) => blocks.length > 0)

/** One shell for the whole page, as an operator has one: functions and the background process stay. */
function openShell(cwd: string, env: NodeJS.ProcessEnv) {
  const child: ChildProcess = spawn('bash', ['-euo', 'pipefail'], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  let wake = (): void => undefined
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      wake()
    })
  child.on('close', () => wake())
  let count = 0
  return {
    /** Its output; an exception where a command fails. */
    async run(code: string): Promise<string> {
      const mark = `block ${++count} is done`
      output = ''
      child.stdin?.write(`{\n${code}\n} < /dev/null\necho '${mark}'\n`)
      while (!output.includes(mark)) {
        if (child.exitCode !== null) throw new Error(`a command failed:\n${code}\n${output}`)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return output
    },
    async close(): Promise<void> {
      if (child.exitCode !== null) return
      const closed = once(child, 'close')
      child.stdin?.end()
      await closed
    },
  }
}

describe('The runbook', () => {
  let folder: string
  let issuer: string
  let mail: MailServer
  let shell: ReturnType<typeof openShell>
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const mailTo = (address: string) => mail.received.filter(({ to }) => to.includes(address))

  before(async function () {
    this.timeout(300_000)
    pack()
    folder = mkdtempSync(join(tmpdir(), 'rekey-runbook-'))
    cpSync(fileURLToPath(new URL('examples/deployment', root)), folder, { recursive: true })
    copyFileSync(tarball(), join(folder, basename(tarball())))
    mail = await createMailServer()
    await mail.open()
    const [port] = await freePorts(1)
    issuer = `http://localhost:${port}`
    const editor = join(folder, 'editor')
    const lines = {
      ISSUER: issuer,
      SMTP_URL: mail.url,
      MAIL_FROM: 'Example <no-reply@example.com>',
      REDIS_URL: '',
      REDIS_PASSWORD: '',
    }
    const edits = Object.entries(lines).map(([name, value]) => `-e 's|^${name}=.*|${name}=${value}|'`)
    writeFileSync(editor, `#!/bin/sh\nsed -i ${edits.join(' ')} "$1"\n`)
    chmodSync(editor, 0o700)
    const config = text('config.yaml').replace('shutdown_delay_seconds: 10', 'shutdown_delay_seconds: 0')
    writeFileSync(join(folder, 'config.yaml'), config)
    const env = {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      PORT: String(port),
      EDITOR: editor,
      npm_config_prefer_offline: 'true',
      npm_config_audit: 'false',
    }
    execFileSync('npm', ['install', '--omit=dev', `./${basename(tarball())}`], { cwd: folder, env, stdio: 'pipe' })
    shell = openShell(folder, env)
  })
  after(async () => {
    await shell?.run('stop').catch(() => undefined)
    await shell?.close()
    await mail?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What is true after each procedure; `outputs` are those of its blocks. */
  const outcomes: Readonly<Record<string, (outputs: readonly string[]) => Promise<void> | void>> = {
    'the words': () => undefined,
    'First start in production': async ([output = '']) => {
      expect(statSync(join(folder, 'secrets.env')).mode & 0o777).to.equal(0o600)
      expect(output).to.contain('"status":"ok"')
      expect(mailTo('admin@example.com')).to.have.lengthOf(1)
      const [, password = ''] = /admin@example\.com created, password (\S+)/.exec(output) ?? []
      const visitor = createVisitor(issuer)
      const setUp = await visitor.submit(await visitor.go('/admin'), { email: 'admin@example.com', password })
      const code = new Authenticator(setupKeyIn(setUp.text)[0]!).next(Math.floor(Date.now() / 1000))
      const codes = await visitor.submit(setUp, { code })
      expect((await visitor.submit(codes, { saved: 'yes' })).h1).to.equal('You are all set')
    },
    'Upgrade without an outage': ([output = '']) => {
      expect(output).to.contain('all workers were replaced').and.to.contain('"status":"ok"')
    },
    'Rotate keys': ([first = '', second = '']) => {
      expect(first).to.match(/^1 re-encrypted/m)
      expect(second).to.match(/^0 re-encrypted/m)
      expect(/^ENCRYPTION_KEYS=(.*)$/m.exec(text('secrets.env'))?.[1]).to.match(/^[^,]+$/)
    },
    'The store is lost or fails over': ([output = '']) => {
      expect(output).to.contain('"store":"ok"')
    },
    'The store is full': ([output = '']) => {
      expect(output).to.match(/\d+ events from/)
    },
    'Restore from a backup': ([output = '']) => {
      expect(output).to.contain('"status":"ok"')
    },
    'An administrator is locked out': async ([output = '']) => {
      expect(output).to.contain('2FA of admin@example.com has been reset')
      const deadline = Date.now() + 20_000
      const resets = () => mailTo('admin@example.com').filter(({ raw }) => raw.includes('/two-factor/reset/'))
      while (resets().length === 0 && Date.now() < deadline) await shell.run('ready')
      expect(resets()).to.have.lengthOf(1)
    },
    'Mail is down': ([output = '']) => {
      expect(output).to.contain('"mail_backlog":0')
    },
    'A key has leaked': () => {
      const names = [...text('secrets.env').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
      expect(new Set(names).size).to.equal(names.length)
    },
    'See what happened': ([output = '']) => {
      for (const type of ['two_factor.enrolled', 'service.restored', 'two_factor.reset.started'])
        expect(output).to.contain(`"type":"${type}"`)
    },
  }

  it('has an outcome here for every procedure', () => {
    expect(procedures.map(({ name }) => name)).to.have.members(Object.keys(outcomes))
  })

  for (const { name, blocks } of procedures)
    it(`holds: ${name}`, async function () {
      this.timeout(120_000)
      const outputs: string[] = []
      for (const block of blocks) outputs.push(await shell.run(block))
      await outcomes[name]?.(outputs)
    })
})
