/** Another process on the same store, controlled by the test. It runs `neighbourProcess.ts`. */
import { fork } from 'node:child_process'
import { once } from 'node:events'

export type Ask =
  | { readonly is: 'call'; readonly collection: string; readonly method: string; readonly args: readonly unknown[] }
  | { readonly is: 'increment'; readonly id: string; readonly times: number }
  | { readonly is: 'write'; readonly ids: readonly string[] }

export type Notify =
  | { readonly is: 'ready' }
  | { readonly is: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly is: 'refusal'; readonly number: number; readonly message: string }
  | { readonly is: 'saved'; readonly id: string; readonly version: number }

export interface Neighbour {
  /** Calls a method of a collection in that process. */
  call(collection: 'records' | 'artefacts' | 'profiles', method: string, ...args: unknown[]): Promise<unknown>
  /** Adds 1 to a record so many times, by read and swap until each has succeeded. */
  increment(id: string, times: number): Promise<void>
  /** Writes to all ids concurrently until kill -9 after so many acknowledged swaps; the last acknowledged version of each. */
  writeUntil(ids: readonly string[], swaps: number): Promise<Map<string, number>>
  kill(): Promise<void>
}

/** @param locator driver and data, such as `sqlite:DIRECTORY`: see `neighbourProcess.ts` */
export async function startNeighbour(locator: string): Promise<Neighbour> {
  const child = fork(new URL('neighbourProcess.ts', import.meta.url), [locator], { serialization: 'advanced' })
  const exited = once(child, 'exit')
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let onSaved = (_saved: { id: string; version: number }) => {}
  let numbers = 0
  const ready = new Promise<void>((resolve, reject) => {
    child.on('exit', () => {
      const error = new Error(`the neighbour on ${locator} has ended`)
      reject(error)
      for (const { reject: refuse } of open.values()) refuse(error)
    })
    child.on('message', (send: Notify) => {
      switch (send.is) {
        case 'ready':
          return resolve()
        case 'saved':
          return onSaved(send)
        case 'answer':
          open.get(send.number)?.resolve(send.value)
          return void open.delete(send.number)
        case 'refusal':
          open.get(send.number)?.reject(new Error(send.message))
          return void open.delete(send.number)
      }
    })
  })
  await ready

  const ask = (what: Ask) =>
    new Promise<unknown>((resolve, reject) => {
      open.set(++numbers, { resolve, reject })
      child.send({ number: numbers, ask: what })
    })
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return {
    call: (collection, method, ...args) => ask({ is: 'call', collection, method, args }),
    increment: async (id, times) => void (await ask({ is: 'increment', id, times })),
    async writeUntil(ids, swaps) {
      const acknowledged = new Map<string, number>()
      let left = swaps
      onSaved = ({ id, version }) => {
        acknowledged.set(id, Math.max(version, acknowledged.get(id) ?? 0))
        if (--left === 0) child.kill('SIGKILL')
      }
      // The process writes until its end, so the write has no answer.
      await Promise.allSettled([ask({ is: 'write', ids }), exited])
      return acknowledged
    },
    kill,
  }
}
