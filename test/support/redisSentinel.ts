/**
 * A Redis with two replicas and three sentinels on loopback, ready in under a second: everything that sentinels would discover is in their
 * files. The quorum is two; a master that is silent for a second is replaced.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataRoot } from './dataRoot.ts'
import { freePorts } from './freePort.ts'
import { ask, startMember, until, type Member } from './redisMember.ts'
import { spawnRedis } from './redisServer.ts'

export interface RedisSentinel {
  readonly name: string
  /** Addresses of the sentinels. */
  readonly addresses: readonly string[]
  readonly members: readonly Member[]
  readonly sentinels: readonly Sentinel[]
  /** How the server under test finds it. */
  readonly environment: Readonly<Record<'REDIS_SENTINEL', string>>
  /** The one that the first sentinel that answers names. */
  master(): Promise<Member>
  replicas(): Promise<Member[]>
  /** A planned failover; resolves when every sentinel names another master. */
  failOver(): Promise<void>
  /** Until the sentinels name another master than `old`, which a replica follows. */
  replaced(old: Member): Promise<void>
  stop(): Promise<void>
}

export interface Sentinel {
  readonly address: string
  ask<T>(...command: string[]): Promise<T>
  kill(): Promise<void>
  freeze(): void
  thaw(): void
}

interface Settings {
  /** Further lines of every redis.conf. */
  readonly lines?: readonly string[]
  /** Further lines of every sentinel.conf. */
  readonly sentinelLines?: readonly string[]
}

const NAME = 'main'
const REPLICAS = 2
const SENTINELS = 3

/** What keeps a demoted master from accepting writes for ten seconds; on a busy machine replicas are slow. */
const KEPT = ['min-replicas-to-write 1', 'min-replicas-max-lag 5']

export async function startRedisSentinel({ lines = [], sentinelLines = [] }: Settings = {}): Promise<RedisSentinel> {
  const directory = await mkdtemp(join(dataRoot, 'oidc-rekey-sentinel-'))
  const ports = await freePorts(2 * (1 + REPLICAS) + SENTINELS)
  const take = () => ports.shift() ?? 0
  const plans = Array.from({ length: 1 + REPLICAS }, () => ({ port: take(), announced: take() }))
  const [first] = plans
  const members = await Promise.all(
    plans.map(({ port, announced }, n) => {
      const follow = n === 0 ? [] : [`replicaof 127.0.0.1 ${first?.announced}`]
      const announce = ['replica-announce-ip 127.0.0.1', `replica-announce-port ${announced}`]
      const all = [...announce, ...follow, ...KEPT, ...lines]
      return startMember({ directory: join(directory, `member${n}`), lines: all, port, announced })
    }),
  )
  await until(async () => (await members[0]?.ask('WAIT', String(REPLICAS), '200')) === REPLICAS)
  const sentinelPorts = Array.from({ length: SENTINELS }, take)
  const sentinels = await Promise.all(
    sentinelPorts.map((port, n) => startSentinel({ directory, port, n, ports: sentinelPorts, members, sentinelLines })),
  )
  const named = async (): Promise<string> => {
    const answer = await Promise.any(
      sentinels.map((each) => each.ask<string[]>('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)),
    )
    return answer.join(':')
  }
  const master = async (): Promise<Member> => {
    const address = await named()
    const found = members.find((member) => member.address === address)
    if (!found) throw new Error(`the sentinels name ${address}`)
    return found
  }
  const replaced = async (old: Member): Promise<void> => {
    await until(async () => {
      const masters = await Promise.all(
        sentinels.map((each) => each.ask<string[]>('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME).catch(() => null)),
      )
      return masters.every((address) => address === null || address.join(':') !== old.address)
      // After an election without a winner the sentinels wait for twice their failover-timeout.
    }, 60_000)
    await until(async () => /state=online/.test(await (await master()).ask<string>('INFO', 'replication')))
  }
  await until(async () => (await sentinels[0]!.ask<string>('SENTINEL', 'CKQUORUM', NAME)).startsWith('OK 3'))
  return {
    name: NAME,
    addresses: sentinels.map(({ address }) => address),
    members,
    sentinels,
    environment: { REDIS_SENTINEL: `${NAME}@${sentinels.map(({ address }) => address).join(',')}` },
    master,
    async replicas() {
      const now = await master()
      return members.filter((member) => member !== now)
    },
    async failOver() {
      const old = await master()
      // Refused while another failover is not long ago, or no replica is known to be good.
      await until(async () => (await sentinels[0]!.ask('SENTINEL', 'FAILOVER', NAME)) === 'OK')
      await replaced(old)
    },
    replaced,
    async stop() {
      await Promise.all([...sentinels.map((each) => each.kill()), ...members.map((each) => each.stop())])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

interface SentinelPlan {
  readonly directory: string
  readonly port: number
  readonly n: number
  readonly ports: readonly number[]
  readonly members: readonly Member[]
  readonly sentinelLines: readonly string[]
}

async function startSentinel({ directory, port, n, ports, members, sentinelLines }: SentinelPlan): Promise<Sentinel> {
  const id = (which: number) => String(which).repeat(40)
  const [master, ...replicas] = members
  const file = join(directory, `sentinel${n}.conf`)
  const own = [`port ${port}`, 'bind 127.0.0.1', `dir ${directory}`, `sentinel myid ${id(n)}`]
  const watched = [
    `sentinel monitor ${NAME} 127.0.0.1 ${master?.port} 2`,
    `sentinel down-after-milliseconds ${NAME} 1000`,
    // With less a second failover may follow on a loaded machine.
    `sentinel failover-timeout ${NAME} 10000`,
    ...replicas.map((replica) => `sentinel known-replica ${NAME} 127.0.0.1 ${replica.port}`),
    ...ports.flatMap((other, which) =>
      which === n ? [] : [`sentinel known-sentinel ${NAME} 127.0.0.1 ${other} ${id(which)}`],
    ),
  ]
  await writeFile(file, [...own, ...watched, ...sentinelLines, ''].join('\n'))
  const { child, end } = await spawnRedis([file, '--sentinel'], 'monitor master')
  return {
    address: `127.0.0.1:${port}`,
    ask: (...command) => ask(port, command),
    kill: () => end('SIGKILL'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  }
}
