/** One policy for all ways to set a password, with a list of common ones. @see ASVS 5.0 6.2.4 */
import { expect } from 'chai'
import { passwordFault } from '../../src/core/passwordPolicy.ts'
import { commonPasswords } from '../../src/crypto/commonPasswords.ts'
import { runCommand } from '../../src/server/commands/commandLine.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { recovery } from '../support/recovery.ts'

const clock = { now: () => 1_800_000_000 }

describe('accounts create --password-stdin', () => {
  async function create(password: string) {
    const accounts = createDirectory({ profiles: memoryStore({ clock }).profiles, clock })
    const error: string[] = []
    const words = ['accounts', 'create', '--email', 'ana.silva@example.com', '--name', 'Ana Silva', '--password-stdin']
    const status = await runCommand(words, {
      environment: {},
      out: () => {},
      error: (line) => error.push(line),
      input: async () => Buffer.from(password),
      serve: async () => {},
      examine: async () => [],
      open: async () => ({
        accounts,
        clock,
        adopt: async () => {},
        replaceFactor: async () => {},
        resetFactor: async () => null,
        deleteAccount: async () => undefined,
        reseal: async () => true,
        ...recovery,
        close: async () => {},
      }),
    })
    return { status, error, made: await accounts.findByEmail('ana.silva@example.com') }
  }

  const refused = {
    'one of the list': 'password123',
    'eight UTF-16 units that are four characters': '😀😁😂😃',
    'longer than any page takes': 'x1-'.repeat(100),
    'the name': 'Ana Silva 2',
    'the email': 'ana.silva!1',
  }
  for (const [what, password] of Object.entries(refused))
    it(`refuses ${what}`, async () => {
      const { status, error, made } = await create(password)
      expect(status).to.not.equal(0)
      expect(error).to.have.length(1)
      expect(made).to.equal(null)
    })

  it('accepts a passphrase', async () => {
    expect((await create('correct horse battery staple')).status).to.equal(0)
  })
})

describe('Common passwords', () => {
  const often = (
    'whatever jennifer michelle corvette mercedes victoria midnight samantha steelers elizabeth chocolate ' +
    'butterfly liverpool slipknot bullshit scorpion maverick danielle marlboro nicholas alexander rangers1'
  ).split(' ')
  for (const password of often)
    it(`${password} is one`, async () => {
      expect(passwordFault(password, [], await commonPasswords())).to.equal('common')
    })
})
