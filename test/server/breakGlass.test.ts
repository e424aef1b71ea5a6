/** The command line resets people who are signed in, although it serves nothing. */
import { expect } from 'chai'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../src/server/commands/commandLine.ts'
import { openService } from '../../src/server/commands/openService.ts'
import { openStandalone } from '../field/standalone.ts'
import { freePorts } from '../support/server.ts'

describe('The command `two-factor reset`', () => {
  it('resets a person who has a session at an application', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rekey-break-glass-'))
    const server = await openStandalone({}, 'localhost', { directory, ports: await freePorts(2) })
    try {
      const person = await server.person()
      const { visitor } = await server.enter(person)
      expect(await server.silently(visitor)).to.equal('code')
      const [out, error]: [string[], string[]] = [[], []]
      const status = await runCommand(['two-factor', 'reset', person.email], {
        environment: { DATA_DIR: join(directory, 'data'), LOG_LEVEL: 'silent' },
        out: (line) => out.push(line),
        error: (line) => error.push(line),
        input: async () => Buffer.alloc(0),
        open: openService,
        examine: async () => [],
        serve: async () => undefined,
      })
      expect([status, ...error]).to.deep.equal([0])
      expect(out.join()).to.include(`2FA of ${person.email} has been reset`)
      expect(await server.silently(visitor)).to.equal('login_required')
    } finally {
      await server.close()
      await rm(directory, { recursive: true, force: true })
    }
  })
})
