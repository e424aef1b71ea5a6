/**
 * The table of faults: each fault on each topology, two server processes, a ledger of what clients were answered. FAULT and TOPOLOGY
 * are regular expressions that choose rows.
 */
import { eventually, openFaultFixture } from '../support/faultFixture.ts'
import { openFaultPost } from '../support/faultyMailServer.ts'
import { faults } from './table/faultList.ts'
import { judge, type Row, runFault, type World } from './table/ledger.ts'
import { type Rig, type Topology, topologies } from './table/topologies.ts'

/** Each resets twice in two steps. Count. */
const ADMINS = 6

const chosen = (variable: 'FAULT' | 'TOPOLOGY', name: string): boolean =>
  new RegExp(process.env[variable] ?? '', 'i').test(name)

const rows: Row[] = []
after(() => {
  const heads = ['fault', 'topology', 'acknowledged', 'lost', 'accepted', 'enrolments', 'letters', 'slowest', 'healed']
  const cells = rows.map((row) => heads.map((head) => String(row[head as keyof Row])))
  const widths = heads.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')
  console.log(`\n${[line(heads), ...cells.map(line)].join('\n')}\n`)
})

for (const topology of (Object.keys(topologies) as Topology[]).filter((name) => chosen('TOPOLOGY', name)))
  describe(`Two processes on ${topology}, while`, function () {
    this.timeout(240_000)
    let world: World | null = null

    async function open(): Promise<World> {
      const rig = await topologies[topology]()
      return openOn(rig).catch(async (error: unknown) => {
        await rig.stop()
        throw error
      })
    }
    async function openOn(rig: Rig): Promise<World> {
      const post = await openFaultPost()
      const { store, settings } = rig
      const environment = { ...rig.environment, SMTP_URL: post.url }
      const underTest = await openFaultFixture({ store, settings, environment, processes: 2 })
      const newAdmin = async () => ({
        person: await underTest.person({ roles: ['admin'] }),
        visitor: underTest.visitor(),
      })
      return { rig, post, underTest, admins: await Promise.all(Array.from({ length: ADMINS }, newAdmin)) }
    }
    async function close(): Promise<void> {
      const closing = world
      world = null
      if (!closing) return
      await closing.underTest.server.kill()
      await closing.underTest.close()
      await closing.post.close()
      await closing.rig.stop()
    }
    after(close)

    for (const [name, fault] of faults) {
      if (!chosen('FAULT', name)) continue
      it(name, async function () {
        world ??= await open()
        if (!fault.inject(world)) {
          console.log(`      ${topology} does not know it`)
          return
        }
        try {
          const row = { fault: name, topology, ...(await runFault(world, fault)) }
          rows.push(row)
          console.log(JSON.stringify(row))
          if (row.unanswered > 0 && !fault.silences) console.log(world.underTest.server.output().slice(-4000))
          judge(row, fault)
        } catch (error) {
          await close()
          throw error
        }
        if (fault.isLast) await close()
        else await eventually(() => world!.underTest.host.store.ping())
      })
    }
  })
