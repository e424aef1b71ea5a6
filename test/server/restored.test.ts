/** A backup does not bring back what was ended after it: the audit, kept apart, says what that was. */
import { expect } from 'chai'
import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../src/server/commands/commandLine.ts'
import { openService } from '../../src/server/commands/openService.ts'
import { openStandalone, type Standalone } from '../field/standalone.ts'
import type { Person } from '../support/people.ts'
import { freePorts } from '../support/server.ts'

describe('A restore from a backup', () => {
  let directory: string
  let running: Standalone | null = null
  let ports: readonly number[]
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rekey-restore-'))
    ports = await freePorts(2)
  })
  afterEach(async () => {
    await stop()
    await rm(directory, { recursive: true, force: true })
  })
  const start = async () => (running = await openStandalone({}, 'localhost', { directory, ports }))
  async function stop() {
    await running?.close()
    running = null
  }
  const at = (name: string) => join(directory, name)

  const cli = (...words: string[]) => cliWith(openService, ...words)
  async function cliWith(open: typeof openService, ...words: string[]) {
    const [out, error]: [string[], string[]] = [[], []]
    const status = await runCommand(words, {
      environment: { DATA_DIR: at('data'), LOG_LEVEL: 'silent' },
      out: (line) => out.push(line),
      error: (line) => error.push(line),
      input: async () => Buffer.alloc(0),
      open,
      examine: async () => [],
      serve: async () => undefined,
    })
    return { status, out: out.join('\n'), error: error.join('\n') }
  }
  const auditTo = async (name: string) => {
    const now = new Date(Date.now() + 1000).toISOString()
    expect((await cli('audit', 'export', at(name), '--to', now)).error).to.equal('')
  }
  async function restoreFiles() {
    for (const end of ['', '-wal', '-shm']) await rm(at(`data/records.db${end}`), { force: true })
    await copyFile(at('backup.db'), at('data/records.db'))
  }
  /** What happened before is then not of the second of the backup, and is not judged again. */
  async function aSecondLater() {
    const second = Math.floor(Date.now() / 1000)
    while (Math.floor(Date.now() / 1000) === second) await nextTurn()
  }
  /** The page after the password. */
  const headingFor = async (server: Standalone, person: Person) => (await server.challenge(person)).h1

  it('keeps a reset, a used backup code, a disabled, a deleted account and a new password ended', async () => {
    let server = await start()
    const people = await Promise.all(Array.from({ length: 7 }, () => server.person()))
    const [untouched, reset, coded, out, gone, changed, fresh] = people as [
      Person,
      Person,
      Person,
      Person,
      Person,
      Person,
      Person,
    ]
    const late = await server.person({ enrolled: false })
    await server.enter(untouched)
    await server.enter(coded)
    const { visitor } = await server.enter(untouched)

    await aSecondLater()
    // While the server runs and people sign in.
    const [copied] = await Promise.all([cli('backup', at('backup.db')), server.enter(fresh)])
    expect([copied.status, copied.error]).to.deep.equal([0, ''])
    expect((await stat(at('backup.db'))).mode & 0o777).to.equal(0o600)
    expect((await cli('backup', at('backup.db'))).error).to.match(/backup.db exists already/)

    const { rekey, directory: known } = server.host
    await rekey.reset({ accountId: reset.id, by: null })
    const page = await server.backup(coded)
    await page.visitor.submit(page, { code: coded.codes[0]! })
    await known.change(out.id, { status: 'disabled' })
    await rekey.endSessions(out.id, 'disabled', null)
    await rekey.forget(gone.id)
    await server.enter(late)
    const added = await server.person()
    await server.enter(added)
    const link = await server.visitor().get(await server.forget(changed))
    const form = link.h1 === 'Your new password' ? link : await link.visitor.submit(link, {})
    const set = await form.visitor.submit(form, { password: 'a very other passphrase' })
    expect(set.alert, set.h1 ?? '').to.equal(null)
    await stop()
    await auditTo('audit.ndjson')
    await restoreFiles()

    // A server does not start on it, nor does another command change it.
    const blocked = await cli('accounts', 'list')
    expect([blocked.status, blocked.error]).to.deep.equal([
      1,
      blocked.error.match(
        /^oidc-rekey: the store is a backup of \S+, and what was ended since then would work again: run oidc-rekey restored$/,
      )?.[0],
    ])
    const dry = await cli('restored', '--audit', at('audit.ndjson'), '--dry-run')
    expect(dry.out).to.match(
      /nothing written: \d+ restored, 2 second factors ended, 1 passwords ended, 1 disabled, 1 deleted/,
    )
    expect((await cli('accounts', 'list')).status).to.equal(1)
    const done = await cli('restored', '--audit', at('audit.ndjson'))
    expect([done.status, done.error]).to.deep.equal([0, ''])
    expect(done.out).to.include(`${added.id}: is not in the backup`)
    const again = await cli('restored', '--audit', at('audit.ndjson'), '--backup-from', backupTimeIn(done.out))
    expect([again.status, again.error]).to.deep.equal([0, ''])

    server = await start()
    expect(await server.silently(visitor), 'an old session').to.equal('login_required')
    expect(await headingFor(server, untouched)).to.equal('Enter your code')
    // The old authenticator is worth nothing, and the journey goes on.
    expect(await headingFor(server, reset)).to.equal('Set up your authenticator')
    await server.enter(reset)
    expect(await headingFor(server, reset)).to.equal('Enter your code')
    expect(await headingFor(server, late), 'enrolled after the backup').to.equal('Set up your authenticator')
    const used = await server.backup(coded)
    expect((await used.visitor.submit(used, { code: coded.codes[1]! })).status).to.equal(422)
    const codePage = await server.challenge(coded)
    expect((await codePage.visitor.submit(codePage, { code: await coded.code() })).h1).to.equal(
      'Save your backup codes',
    )
    for (const person of [out, gone, changed]) expect(await headingFor(server, person)).to.equal('Sign in')
    expect((await server.mailed(changed.email)).length).to.be.greaterThan(0)
    const lines = await server.host.store.journal('audit').list({ tags: ['type:service.restored'], limit: 9 })
    expect(lines).to.have.length(1)
  })

  const backupTimeIn = (text: string): string => /backup of (\S+),/.exec(text)?.[1] ?? ''

  it('is refused when a line of the audit cannot be understood, and changes nothing', async () => {
    const server = await start()
    await server.person()
    await stop()
    await cli('backup', at('backup.db'))
    await restoreFiles()
    await writeFile(at('bad.ndjson'), '{"at":"2026-01-01T00:00:00Z"}\n')
    const newer = { at: '2026-01-01T00:00:00Z', type: 'two_factor.teleported', target: null, outcome: 'done' }
    await writeFile(at('newer.ndjson'), `${JSON.stringify(newer)}\n`)
    for (const [name, sentence] of [
      ['bad', /bad.ndjson: line 1 is no event of the audit/],
      ['newer', /line 1 has the type two_factor.teleported, which this version does not know/],
      ['absent', /absent.ndjson/],
    ] as const) {
      const { status, error } = await cli('restored', '--audit', at(`${name}.ndjson`))
      expect(status).to.equal(1)
      expect(error).to.match(sentence)
    }
    expect((await cli('accounts', 'list')).error).to.match(/the store is a backup of/)
  })

  it('that fails in the middle keeps the server from starting, and is completed by the same command', async () => {
    let server = await start()
    const people = await Promise.all(Array.from({ length: 4 }, () => server.person()))
    await aSecondLater()
    await cli('backup', at('backup.db'))
    for (const { id } of people) await server.host.rekey.reset({ accountId: id, by: null })
    await stop()
    await auditTo('audit.ndjson')
    await restoreFiles()
    let calls = 0
    const failing: typeof openService = async (...given) => {
      const service = await openService(...given)
      const restored: typeof service.restored = async (...account) => {
        if (calls++ === 2) throw new Error('the store is gone')
        return service.restored(...account)
      }
      return { ...service, restored }
    }
    const broken = await cliWith(failing, 'restored', '--audit', at('audit.ndjson'))
    expect([broken.status, broken.error]).to.deep.equal([
      1,
      broken.error.match(/^\S+: the store is gone\noidc-rekey: 1 failed; run the same command again$/)?.[0],
    ])
    expect((await cli('accounts', 'list')).error).to.match(
      /a restore of the store is not finished: run the same oidc-rekey restored/,
    )
    expect((await cli('restored', '--audit', at('audit.ndjson'))).status).to.equal(0)
    server = await start()
    for (const person of people) {
      expect(await headingFor(server, person)).to.equal('Set up your authenticator')
      const lines = await server.host.store
        .journal('audit')
        .list({ tags: [`user:${person.id}`, 'type:two_factor.reset.started'], limit: 9 })
      expect(lines, 'one reset each').to.have.length(1)
    }
  })

  it('without any audit needs a second word, and can end every factor', async () => {
    let server = await start()
    const person = await server.person()
    await server.enter(person)
    await stop()
    await cli('backup', at('backup.db'))
    await restoreFiles()
    expect((await cli('restored')).status).to.equal(2)
    expect((await cli('restored', '--audit', 'none')).error).to.match(
      /--audit none protects nobody whose factor was reset/,
    )
    expect((await cli('restored', '--audit', 'none', '--every-factor')).error).to.equal('')
    server = await start()
    expect(await headingFor(server, person)).to.equal('Set up your authenticator')
  })
})
