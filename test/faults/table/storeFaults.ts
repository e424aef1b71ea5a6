/** What can happen to a store that has replicas, and what can happen to every one. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Member } from '../../support/redisMember.ts'

/** How long a fault lasts that ends by itself. Milliseconds. */
export const LASTS_MS = 3000

export const storeFaults = [
  'store is killed',
  'store is frozen',
  'store is replaced on request',
  'store cannot be reached',
  'store breaks every connection',
  'store is slow',
  'store has lost its replicas',
  'replica is lost, then the store fails',
  'store is full',
  'store takes no writes',
] as const
export type StoreFault = (typeof storeFaults)[number]

/** Each resolves at the moment from which on the service has to heal. */
export type StoreFaults = Readonly<Partial<Record<StoreFault, (dataDirectory: string) => Promise<unknown>>>>

/** Stands still, a part of a second each time. */
export async function stutter(hold: () => void, release: () => void): Promise<void> {
  for (let times = 0; times < 5; times++) {
    hold()
    await pause(400)
    release()
    await pause(200)
  }
}

/** Further writes are refused with OOM. */
export async function fillRedis(send: (...command: string[]) => Promise<unknown>): Promise<void> {
  await send('CONFIG', 'SET', 'maxmemory', '1')
  await pause(LASTS_MS)
  await send('CONFIG', 'SET', 'maxmemory', '0')
}

/** What happens alike to the master of sentinels and to one of a cluster. */
interface Replicated {
  master(): Promise<Member>
  replicas(master: Member): Promise<readonly Member[]>
  replaced(master: Member): Promise<void>
  failOver(master: Member): Promise<void>
  readonly masters: () => Promise<readonly Member[]>
  /** Starts it again at once: otherwise no replica is left to confirm. */
  readonly restarts: boolean
}

export function replicatedFaults({ master, masters, replicas, replaced, failOver, restarts }: Replicated): StoreFaults {
  const end = async (member: Member): Promise<void> => {
    await member.kill()
    await replaced(member)
    if (restarts) await member.start()
  }
  return {
    'store is killed': async () => end(await master()),
    'store is frozen': async () => {
      const frozen = await master()
      frozen.freeze()
      await replaced(frozen)
      frozen.thaw()
    },
    'store is replaced on request': async () => failOver(await master()),
    'store cannot be reached': async () => {
      const all = await masters()
      for (const { proxy } of all) proxy.hold('application')
      await pause(LASTS_MS)
      for (const { proxy } of all) proxy.release()
    },
    'store breaks every connection': async () => {
      for (const { proxy } of await masters()) proxy.cut('application')
    },
    'store is slow': async () => {
      const all = (await masters()).map(({ proxy }) => proxy)
      await stutter(
        () => all.forEach((proxy) => proxy.hold('application')),
        () => all.forEach((proxy) => proxy.release()),
      )
    },
    'store has lost its replicas': async () => {
      const lost = await replicas(await master())
      await Promise.all(lost.map((member) => member.kill()))
      await pause(LASTS_MS)
      await Promise.all(lost.map((member) => member.start()))
    },
    'replica is lost, then the store fails': async () => {
      const cutOff = await master()
      cutOff.proxy.hold('replica')
      await pause(1500)
      await cutOff.kill()
      // What it had sent is gone.
      cutOff.proxy.cut('replica')
      cutOff.proxy.release()
      await replaced(cutOff)
      if (restarts) await cutOff.start()
    },
    'store is full': async () => {
      const all = await masters()
      await Promise.all(all.map((member) => fillRedis((...command) => member.ask(...command))))
    },
  }
}
