/**
 * A Redis Cluster of three masters with one replica each on loopback. The files that the nodes keep about each other are written
 * beforehand; the two seconds until it is ready are Redis's own delay before a restarted master accepts writes.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataRoot } from './dataRoot.ts'
import { freePorts } from './freePort.ts'
import { startMember, until, type Member } from './redisMember.ts'

export interface RedisCluster {
  readonly addresses: readonly string[]
  readonly members: readonly Member[]
  /** How the server under test finds it. */
  readonly environment: Readonly<Record<'REDIS_CLUSTER', string>>
  /** Where the cluster stores this key. */
  masterOf(key: string): Promise<Member>
  /** The replicas that follow it, by its own account. */
  replicasOf(master: Member): Promise<Member[]>
  masters(): Promise<Member[]>
  /** A planned failover of this master; resolves when its replica has taken over. */
  failOver(master: Member): Promise<void>
  /** Until every node that answers agrees that all slots are served, by others than `old`. */
  replaced(old: Member): Promise<void>
  /** Moves a slot to another master while it is in use. */
  moveSlot(slot: number, target: Member): Promise<void>
  slotOf(key: string): Promise<number>
  stop(): Promise<void>
}

const MASTERS = 3
const SLOTS = 16_384

export async function startRedisCluster(lines: readonly string[] = []): Promise<RedisCluster> {
  const directory = await mkdtemp(join(dataRoot, 'oidc-rekey-cluster-'))
  const ports = await freePorts(2 * MASTERS * 3)
  const plans = Array.from({ length: 2 * MASTERS }, (_, n) => ({
    n,
    id: n.toString(16).repeat(40),
    port: ports[3 * n] ?? 0,
    announced: ports[3 * n + 1] ?? 0,
    bus: ports[3 * n + 2] ?? 0,
  }))
  const members = await Promise.all(
    plans.map(async ({ n, port, announced, bus }) => {
      const own = join(directory, `node${n}`)
      await mkdir(own, { recursive: true })
      await writeFile(join(own, 'nodes.conf'), nodesFile(plans, n))
      const cluster = ['cluster-enabled yes', 'cluster-config-file nodes.conf', 'cluster-node-timeout 1500']
      const announce = [`cluster-port ${bus}`, `cluster-announce-port ${announced}`, `cluster-announce-bus-port ${bus}`]
      return startMember({ directory: own, lines: [...cluster, ...announce, ...lines], port, announced })
    }),
  )
  const byId = (id: string): Member => members[plans.findIndex((plan) => plan.id === id)]!
  const idOf = (member: Member): string => plans[members.indexOf(member)]!.id
  const rig = rigOf(members, byId, idOf)
  await until(async () => {
    const states = await Promise.all(members.map((member) => member.ask<string>('CLUSTER', 'INFO')))
    const synced = await Promise.all(members.slice(0, MASTERS).map((member) => member.ask('WAIT', '1', '200')))
    return states.every((state) => state.includes('cluster_state:ok')) && synced.every((count) => count === 1)
  })
  return {
    ...rig,
    addresses: members.map(({ address }) => address),
    members,
    environment: { REDIS_CLUSTER: members.map(({ address }) => address).join(',') },
    async stop() {
      await Promise.all(members.map((member) => member.stop()))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function rigOf(members: readonly Member[], byId: (id: string) => Member, idOf: (member: Member) => string) {
  /** The view of the first node that answers and is not cut off. */
  const nodes = async (): Promise<string[][]> => {
    const answers = members.map(async (member) => {
      if (!(await member.ask<string>('CLUSTER', 'INFO')).includes('cluster_state:ok')) throw new Error('not ok')
      return member.ask<string>('CLUSTER', 'NODES')
    })
    return (await Promise.any(answers))
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
  }
  const slotOf = (key: string) => members[0]!.ask<number>('CLUSTER', 'KEYSLOT', key)
  const ownerOf = (slot: number, lines: readonly string[][]): Member => {
    const owns = (ranges: readonly string[]) =>
      ranges.some((range) => {
        const [from, to = from] = range.split('-').map(Number)
        return slot >= from! && slot <= to!
      })
    return byId(lines.find((line) => line[2]!.includes('master') && owns(line.slice(8)))![0]!)
  }
  const replaced = (old: Member) =>
    until(async () => {
      const lines = await nodes()
      const own = lines.find((line) => line[0] === idOf(old))!
      return own[2]!.includes('slave') || (own[2]!.includes('fail') && own.length === 8)
    })
  const replicasOf = async (master: Member) =>
    (await nodes()).filter((line) => line[3] === idOf(master)).map(([id]) => byId(id!))
  const masters = async () =>
    (await nodes()).filter((line) => line[2]!.includes('master') && line.length > 8).map(([id]) => byId(id!))
  return {
    slotOf,
    masterOf: async (key: string) => ownerOf(await slotOf(key), await nodes()),
    replicasOf,
    masters,
    replaced,
    async failOver(master: Member) {
      const [replica] = await replicasOf(master)
      await replica!.ask('CLUSTER', 'FAILOVER')
      await replaced(master)
    },
    async moveSlot(slot: number, target: Member) {
      const source = ownerOf(slot, await nodes())
      await target.ask('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', idOf(source))
      await source.ask('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', idOf(target))
      for (;;) {
        const keys = await source.ask<string[]>('CLUSTER', 'GETKEYSINSLOT', String(slot), '5')
        if (keys.length === 0) break
        await source.ask('MIGRATE', '127.0.0.1', String(target.port), '', '0', '2000', 'KEYS', ...keys)
      }
      for (const member of [target, source, ...(await masters())])
        await member.ask('CLUSTER', 'SETSLOT', String(slot), 'NODE', idOf(target))
    },
  }
}

interface NodePlan {
  readonly n: number
  readonly id: string
  readonly announced: number
  readonly bus: number
}

/** nodes.conf of node `own`: the first three are masters, each followed by the node three further. */
function nodesFile(plans: readonly NodePlan[], own: number): string {
  const width = Math.ceil(SLOTS / MASTERS)
  const lines = plans.map(({ n, id, announced, bus }) => {
    const which = n % MASTERS
    const flags = `${n === own ? 'myself,' : ''}${n < MASTERS ? 'master -' : `slave ${plans[which]!.id}`}`
    const slots = n < MASTERS ? ` ${which * width}-${Math.min(SLOTS, (which + 1) * width) - 1}` : ''
    return `${id} 127.0.0.1:${announced}@${bus} ${flags} 0 0 ${which + 1} connected${slots}`
  })
  return [...lines, 'vars currentEpoch 6 lastVoteEpoch 0', ''].join('\n')
}
