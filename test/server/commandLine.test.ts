import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../src/server/configuration/environment.ts'
import { runCommand } from '../../src/server/commands/commandLine.ts'
import type { Shell } from '../../src/server/commands/command.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { recovery } from '../support/recovery.ts'

const clock = { now: () => 1_800_000_000 }

describe('The command line', () => {
  let root: string
  before(async () => void (root = await mkdtemp(join(tmpdir(), 'rekey-commands-'))))
  after(() => rm(root, { recursive: true }))

  function shell(environment: Environment = {}, more: Pick<Shell, 'onInterrupt'> = {}) {
    const accounts = createDirectory({ profiles: memoryStore({ clock }).profiles, clock })
    const done: string[] = []
    async function run(words: string, input = '') {
      const out: string[] = []
      const error: string[] = []
      const status = await runCommand(words === '' ? [] : words.split(' '), {
        environment,
        ...more,
        out: (line) => out.push(line),
        error: (line) => error.push(line),
        input: async () => Buffer.from(input),
        serve: async ({ issuer }) => void done.push(`serve ${issuer}`),
        examine: async () => [],
        open: async () => ({
          accounts,
          clock,
          adopt: async (id) => void done.push(`adopt ${id}`),
          replaceFactor: async (id) => void done.push(`replace ${id}`),
          async resetFactor(id, reason) {
            done.push(`reset ${id} ${reason}`)
            return id === 'forgetful' ? clock.now() - 60 : null
          },
          async deleteAccount(id) {
            done.push(`delete ${id}`)
            await accounts.remove(id)
          },
          async reseal(id) {
            done.push(`reseal ${id}`)
            if (id === 'lost') throw new Error('a seal cannot be opened: unknown-key')
            return id !== 'newest'
          },
          ...recovery,
          close: async () => void done.push('close'),
        }),
      })
      return { status, out, error }
    }
    return { accounts, done, run }
  }

  it('prints help for all commands and for each one', async () => {
    const { run } = shell()
    const { status, out } = await run('--help')
    expect(status).to.equal(0)
    for (const name of [
      'serve',
      'accounts import',
      'accounts create',
      'accounts list',
      'accounts delete',
      'two-factor reset',
      'keys rotate',
      'config check',
    ]) {
      expect(out.join('\n')).to.include(`  ${name} `)
      const help = await run(`${name} --help`)
      expect(help.status).to.equal(0)
      expect(help.out[0]).to.match(new RegExp(`^Usage: oidc-rekey ${name}`))
    }
    const group = await run('accounts --help')
    expect(group.status).to.equal(0)
    expect(group.out.join('\n')).to.include('  accounts list ').and.not.include('  serve ')
  })

  const wrong: Record<string, RegExp> = {
    '': /^$/,
    accounts: /^$/,
    'acounts list': /^oidc-rekey: unknown command acounts list/,
    'accounts list --all': /^oidc-rekey: Unknown option '--all' \(--help lists the options\)$/,
    'accounts import': /^oidc-rekey: usage: oidc-rekey accounts import FILE/,
    'accounts create --email a@example.com': /^oidc-rekey: --name is missing$/,
    'accounts create': /^oidc-rekey: --email and --name are missing$/,
    'accounts list --status gone': /^oidc-rekey: --status must be pending or active or disabled/,
  }
  for (const [words, error] of Object.entries(wrong)) {
    it(`exits with 2 and one line for "${words}"`, async () => {
      const answer = await shell().run(words)
      expect(answer.status).to.equal(2)
      expect(answer.error.join('\n')).to.match(error)
      expect(answer.error.length).to.be.at.most(1)
    })
  }

  it('names the script of npm in its usage when a clone has called it so', async () => {
    const { run } = shell({ npm_lifecycle_event: 'cli' })
    expect((await run('--help')).out[0]).to.equal('Usage: npm run cli -- COMMAND')
    expect((await run('accounts import')).error).to.deep.equal([
      'oidc-rekey: usage: npm run cli -- accounts import FILE',
    ])
  })

  it('names an imported password that the pages would refuse as too short', async () => {
    const path = join(root, 'short.jsonl')
    await writeFile(path, '{"email":"s@example.com","name":"S","password":"12345"}')
    expect(await shell().run(`accounts import ${path}`)).to.deep.equal({
      status: 0,
      out: ['1 created · 0 already there · 0 bad'],
      error: ['line 1: s@example.com has a password that is too short to be chosen here'],
    })
  })

  it('prints each fault of the configuration on its own line, and opens nothing', async () => {
    const { run, done } = shell({ PORT: 'x', LOG_LEVEL: 'loud' })
    for (const words of ['config check', 'serve', 'accounts list']) {
      const { status, error } = await run(words)
      expect(status).to.equal(1)
      expect(error).to.have.length(2)
    }
    expect(done).to.deep.equal([])
  })

  it('shows a good configuration without its secrets', async () => {
    const { status, out } = await shell({ SMTP_URL: 'smtp://me:s3cr3t@mail', MAIL_FROM: 'a@example.com' }).run(
      'config check',
    )
    expect(status).to.equal(0)
    expect(out).to.include('issuer   http://localhost:3000').and.include('mail     smtp, from a@example.com')
    expect(out.join()).not.to.include('s3cr3t')
  })

  it('serves', async () => {
    const { run, done } = shell({ PORT: '4000' })
    expect(await run('serve')).to.have.property('status', 0)
    for (const workers of ['0', '65', 'two', '-1', '1.5', ''])
      expect(await run(`serve --workers=${workers}`), workers).to.deep.include({
        status: 2,
        error: [`oidc-rekey: --workers must be a whole number of processes from 1 to 64, is ${workers}`],
      })
    expect(done).to.deep.equal(['serve http://localhost:4000'])
  })

  it('deletes an account by email or id, once, and gives its id to no other', async () => {
    const { accounts, run, done } = shell()
    await accounts.create({ id: 'a1', email: 'ana@example.com', name: 'Ana' })
    expect(await run('accounts delete ANA@example.com')).to.deep.equal({
      status: 0,
      out: ['ana@example.com deleted; the id a1 is never used again'],
      error: [],
    })
    const again = await run('accounts delete a1')
    expect([again.status, again.error]).to.deep.equal([1, ['oidc-rekey: there is no account a1']])
    expect(done).to.deep.equal(['delete a1', 'close', 'close'])
    const recreated = await run('accounts create --email ana@example.com --name Ana --id a1')
    expect([recreated.status, recreated.error]).to.deep.equal([
      1,
      ['oidc-rekey: id: belonged to an account that was deleted, and is never used again'],
    ])
    expect(await run('accounts create --email ana@example.com --name Ana')).to.have.property('status', 0)
  })

  it('creates an account with a password from standard input or a generated one, and lists it', async () => {
    const { accounts, run, done } = shell()
    const typed = await run(
      'accounts create --email ana@example.com --name Ana --role admin --role helpdesk --password-stdin',
      'a password\n',
    )
    expect(typed).to.deep.equal({ status: 0, out: ['ana@example.com created'], error: [] })
    expect(await accounts.authenticate('ana@example.com', 'a password')).to.deep.include({
      roles: ['admin', 'helpdesk'],
    })
    const made = await run('accounts create --email ben@example.com --name Ben --status active')
    const password = /password (\S+)$/.exec(made.out[0] ?? '')?.[1] ?? ''
    expect(await accounts.authenticate('ben@example.com', password)).to.have.property('name', 'Ben')
    expect(await run('accounts create --email ANA@example.com --name Twice')).to.deep.equal({
      status: 1,
      out: [],
      error: ['oidc-rekey: ana@example.com exists'],
    })
    expect((await run('accounts list')).out).to.deep.equal([
      'ana@example.com\tAna\tactive\tadmin,helpdesk\tno 2FA',
      'ben@example.com\tBen\tactive\t-\tno 2FA',
    ])
    expect(
      (await run('accounts list --search be --json')).out.map((line) => JSON.parse(line) as unknown),
    ).to.deep.equal([await accounts.findByEmail('ben@example.com')])
    expect(done.filter((word) => word === 'close')).to.have.length(5)
  })

  it('creates an account whose address is not verified yet', async () => {
    const { accounts, run } = shell()
    const create = (verified: string) =>
      run(`accounts create --email ${verified}@example.com --name A --email-verified ${verified}`)
    for (const verified of [true, false]) {
      expect(await create(String(verified))).to.have.property('status', 0)
      const person = await accounts.findByEmail(`${verified}@example.com`)
      expect(person?.emailVerified ?? true).to.equal(verified)
    }
    const refused = await create('maybe')
    expect(refused.status).to.not.equal(0)
    expect(refused.error.join()).to.contain('--email-verified must be true or false')
    expect(await accounts.findByEmail('maybe@example.com')).to.equal(null)
  })

  it('lists all accounts, over several pages', async () => {
    const { accounts, run } = shell()
    for (let index = 0; index < 450; index++) await accounts.create({ email: `u${index}@example.com`, name: 'U' })
    expect((await run('accounts list')).out).to.have.length(450)
  })

  it('imports a file, and exits with 1 when a line is bad', async () => {
    const { run, done } = shell()
    const path = join(root, 'accounts.jsonl')
    const ana = { id: 'a', email: 'a@example.com', name: 'A', totp: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } }
    await writeFile(path, JSON.stringify(ana))
    expect(await run(`accounts import ${path}`)).to.deep.equal({
      status: 0,
      out: ['1 created · 0 already there · 0 bad'],
      error: [],
    })
    await writeFile(path, `${JSON.stringify(ana)}\n{}`)
    const again = await run(`accounts import ${path} --replace-factor`)
    expect(again).to.include({ status: 1 })
    expect(again.out).to.deep.equal(['0 created · 0 already there · 1 bad · 1 replaced'])
    expect(done).to.deep.equal(['adopt a', 'close', 'replace a', 'close'])
    expect(await run('accounts import /nowhere')).to.deep.equal({
      status: 1,
      out: [],
      error: ['oidc-rekey: cannot read /nowhere: there is no such file or folder'],
    })
  })

  it('says how far a stopped import came, and exits with 1', async () => {
    const path = join(root, 'stopped.jsonl')
    const people = Array.from({ length: 300 }, (_, n) => JSON.stringify({ email: `p${n}@example.com`, name: 'P' }))
    await writeFile(path, people.join('\n'))
    const { accounts, run } = shell({}, { onInterrupt: (stop) => (stop(), () => undefined) })
    const { status, error } = await run(`accounts import ${path}`)
    expect(status).to.equal(1)
    const [, read] = /stopped after (\d+) entries; the same command continues/.exec(error.join('\n')) ?? []
    expect(Number(read)).to.be.within(1, 299)
    expect(await accounts.list({ limit: 300 })).to.have.length(Number(read))
  })

  it('resets a second factor by email or id, and says when there is no such account', async () => {
    const { accounts, run, done } = shell()
    await accounts.create({ id: 'a', email: 'a@example.com', name: 'A' })
    expect(await run('two-factor reset A@example.com --reason lost')).to.have.property('status', 0)
    expect(await run('two-factor reset a')).to.have.property('status', 0)
    expect(await run('two-factor reset b')).to.deep.equal({
      status: 1,
      out: [],
      error: ['oidc-rekey: there is no account b'],
    })
    expect(done).to.deep.equal(['reset a lost', 'close', 'reset a null', 'close', 'close'])
  })

  it('re-encrypts each account, and reports the accounts whose seals cannot be opened', async () => {
    const { accounts, run, done } = shell()
    for (const id of ['newest', 'older']) await accounts.create({ id, email: `${id}@example.com`, name: id })
    const said = await run('keys rotate')
    expect(said).to.deep.equal({ status: 0, out: ['1 re-encrypted · 1 unchanged · 0 failed'], error: [] })
    expect(done).to.deep.equal(['reseal newest', 'reseal older', 'close'])
    await accounts.create({ id: 'lost', email: 'lost@example.com', name: 'lost' })
    const failed = await run('keys rotate')
    expect([failed.status, failed.out]).to.deep.equal([1, ['1 re-encrypted · 1 unchanged · 1 failed']])
    expect(failed.error).to.deep.equal(['lost@example.com: a seal cannot be opened: unknown-key'])
  })

  it('warns when a link to the same mailbox has also changed the password', async () => {
    const { accounts, run } = shell()
    for (const id of ['forgetful', 'other']) await accounts.create({ id, email: `${id}@example.com`, name: id })
    const said = async (id: string): Promise<string> => (await run(`two-factor reset ${id}`)).out.join()
    expect(await said('forgetful')).to.contain(
      'A link mailed to that address changed the password at 2027-01-15T07:59:00',
    )
    expect(await said('other')).to.not.contain('mailed to')
  })
})
