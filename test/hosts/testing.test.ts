/** `oidc-rekey/testing` in a project without mocha: parts for tests, and contracts that find a broken driver. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { authenticator, memoryDirectory, movableClock, testMailbox } from 'oidc-rekey/testing'
import { consumer, ensurePacked } from './support/packed.ts'

/** A host's test file, run by `node --test`. */
function nodeTest(name: string, open: string): { readonly output: string; readonly status: number | null } {
  const file = join(consumer, `${name}.mjs`)
  writeFileSync(
    file,
    `import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { directoryContract, memoryDirectory, memoryStore, storeContract } from 'oidc-rekey/testing'

${open}
`,
  )
  // Set below another `node --test`, whose protocol it would write.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
    encoding: 'utf8',
    env,
  })
  return { output: stdout + stderr, status }
}

const failed = (output: string): string[] =>
  [...output.matchAll(/^ +not ok \d+ - (.*)$/gm)].map(([, title = '']) => title)

describe('The testing entrance', () => {
  before(function () {
    this.timeout(120_000)
    ensurePacked()
  })

  it('runs the contract of stores under node:test', () => {
    const { output, status } = nodeTest(
      'goodStore',
      `storeContract({ describe, it, before, after }, async (clock) => {
  const store = memoryStore({ clock })
  return { store, close: () => store.close() }
})`,
    )
    expect(failed(output)).to.deep.equal([])
    expect(Number(/^# pass (\d+)/m.exec(output)?.[1])).to.be.greaterThan(150)
    expect(status).to.equal(0)
  })

  it('finds a store that checks and then acts', () => {
    const { output, status } = nodeTest(
      'racyStore',
      `storeContract({ describe, it, before, after }, async (clock) => {
  const store = memoryStore({ clock })
  const { records, artefacts } = store
  return {
    store: {
      ...store,
      journal: store.journal,
      records: {
        read: (id) => records.read(id),
        due: (...question) => records.due(...question),
        backlog: (now) => records.backlog(now),
        async swap(id, text, expected, options) {
          const version = (await records.read(id))?.version ?? 0
          if (version !== expected) return false
          await pause(1)
          const now = (await records.read(id))?.version ?? 0
          return (await records.swap(id, text, now, options)) && true
        },
      },
      artefacts: new Proxy(artefacts, {
        get: (target, name) =>
          name === 'take'
            ? async (kind, id) => {
                const found = await target.get(kind, id)
                if (!found || found.takenAt !== null) return false
                await pause(1)
                await target.take(kind, id)
                return true
              }
            : target[name].bind(target),
      }),
    },
    close: () => store.close(),
  }
})`,
    )
    expect(status).to.equal(1)
    expect(failed(output)).to.include.members([
      'accepts one of twenty concurrent swaps',
      'accepts one of twenty concurrent creations',
      'is true for one of twenty concurrent calls',
    ])
  })

  it('runs the contract of directories under node:test, and finds one that lists in no order', () => {
    const open = (directory: string): string => `const people = memoryDirectory()
const directory = ${directory}
directoryContract({ describe, it, before, after }, async () => ({
  directory,
  async add({ password, ...person }) {
    const { id } = await people.create({ locale: null, roles: [], groups: [], ...person })
    await people.setPassword(id, password, { generation: 0 })
    return id
  },
  close: async () => {},
}))`
    const good = nodeTest('goodDirectory', open('people'))
    expect(failed(good.output)).to.deep.equal([])
    expect(good.status).to.equal(0)
    const least = nodeTest(
      'leastDirectory',
      open('{ find: people.find, enrolled: people.enrolled, list: people.list }'),
    )
    expect(failed(least.output)).to.deep.equal([])
    const unordered = '{ ...people, list: async (query) => (await people.list(query)).reverse() }'
    expect(failed(nodeTest('badDirectory', open(unordered)).output)).to.include('is ordered by email')
    const late = '{ ...people, enrolled: async (id, at) => { await people.enrolled(id, Math.floor(at) * 1000) } }'
    expect(failed(nodeTest('lateDirectory', open(late)).output)).to.include(
      'keep the time of the first set-up, however often it is called',
    )
  })

  it('has parts for the tests of a host', async () => {
    const clock = movableClock(59)
    // RFC 6238, appendix B: SHA-1, the last six digits.
    const secret = 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ'
    expect(authenticator(secret).code(clock.now())).to.equal('287082')
    clock.advance(1_111_111_109 - 59)
    expect(authenticator(`otpauth://totp/x?secret=${secret.replaceAll(' ', '')}`).code(clock.now())).to.equal('081804')
    const mailbox = testMailbox()
    const email = { to: 'ana@example.com', subject: '', html: '', id: '1', locale: 'en' }
    await mailbox.send({ ...email, text: 'Click\n\nhttps://id.example.com/two-factor/reset/token\n\nsoon' })
    await mailbox.send({ ...email, id: '2', text: 'Nothing to click, see https://help.example.com or not' })
    expect(mailbox.linkTo('ana@example.com')).to.equal('https://id.example.com/two-factor/reset/token')
    expect(mailbox.linkTo('ben@example.com')).to.equal(null)
    const directory = memoryDirectory([{ id: 'ana', password: 'secret' }])
    expect(await directory.authenticate('ana@example.com', 'secret')).to.include({ id: 'ana', status: 'active' })
  })
})
