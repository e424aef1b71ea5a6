import { expect } from 'chai'
import fc from 'fast-check'
import { memoryStore } from '../../../src/store/memory.ts'
import type { JournalEntry, JournalQuery, Store } from '../../../src/store/store.ts'
import { movableClock } from '../../../src/testing/clock.ts'
import { type OpenStore, scan, start } from '../../../src/testing/storeContract/fixture.ts'

type Step = (store: Store) => Promise<unknown>
/** The command's text for the report, and the command. A number advances the clock by so many seconds. */
type Command = readonly [string, Step | number]

const id = fc.constantFrom('a', 'b', 'c', 'é', '\0')
const kind = fc.constantFrom('Session', 'RefreshToken')
const seconds = fc.integer({ min: -2, max: 12 }).map((s) => start + s)
const limit = fc.constantFrom(1, 2, 99)
const maybe = <K extends string, V>(key: K, value: fc.Arbitrary<V>) =>
  fc.option(value, { nil: undefined }).map((v) => (v === undefined ? {} : { [key]: v }))
const merged = <A extends object[]>(...parts: { [i in keyof A]: fc.Arbitrary<A[i]> }) =>
  fc.tuple(...(parts as fc.Arbitrary<object>[])).map((each) => Object.assign({}, ...each) as A[number])

const artefactOptions = merged(
  maybe('expiresAt', seconds),
  maybe('indexes', merged(maybe('uid', id), maybe('userCode', id), maybe('grantId', id), maybe('accountId', id))),
)
const profileKeys = fc.record({
  email: fc.constantFrom('a@x', 'ab@x', 'b@x', 'é@x'),
  words: fc.array(fc.constantFrom('a', 'ab', 'abc', 'b', 'é'), { maxLength: 2 }),
  status: fc.constantFrom('active', 'pending', 'disabled'),
  tags: fc.subarray(['t', 'u', 'v\0']),
})
const tags = fc.subarray(['t', 'u', 'v'])

const say = <A extends unknown[]>(name: string, step: (store: Store, ...args: A) => Promise<unknown>) => {
  return (...args: A): Command => [`${name} ${JSON.stringify(args)}`, (store) => step(store, ...args)]
}
const command = <A extends unknown[]>(
  name: string,
  args: { [i in keyof A]: fc.Arbitrary<A[i]> },
  step: (store: Store, ...args: A) => Promise<unknown>,
) => fc.tuple(...(args as fc.Arbitrary<unknown>[])).map((values) => say(name, step)(...(values as A)))

const commands = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map((s): Command => [`${s} seconds pass`, s]),
  command('swap', [id, fc.nat(3), maybe('wakeAt', seconds)], async ({ records }, who, version, options) => [
    await records.swap(who, `swap ${version}`, version, options),
    await records.read(who),
  ]),
  // Sorted, since the order within one second is the driver's.
  command('due', [seconds, fc.nat(5)], async ({ records }, now, lease) =>
    (await records.due(now, 99, lease)).toSorted(),
  ),
  command('backlog', [seconds], ({ records }, now) => records.backlog(now)),
  command('read a counter', [id], ({ counters }, name) => counters.read(name)),
  command('count', [id, fc.integer({ min: -2, max: 9 }), fc.nat(5)], ({ counters }, ...args) => counters.add(...args)),
  command('set a counter', [id, fc.nat(9), fc.nat(5)], ({ counters }, ...args) => counters.set(...args)),
  command('delete a counter', [id], ({ counters }, name) => counters.delete(name)),
  command('put', [kind, id, id, artefactOptions], ({ artefacts }, ...args) => artefacts.put(...args)),
  command('add', [kind, id, id, artefactOptions], ({ artefacts }, ...args) => artefacts.add(...args)),
  command('take', [kind, id], ({ artefacts }, ...args) => artefacts.take(...args)),
  command('replace', [kind, id, id], ({ artefacts }, ...args) => artefacts.replace(...args)),
  command('get', [kind, id], ({ artefacts }, ...args) => artefacts.get(...args)),
  command('delete', [kind, id], ({ artefacts }, ...args) => artefacts.delete(...args)),
  command('find', [kind, fc.constantFrom('uid', 'userCode'), id], ({ artefacts }, ...args) => artefacts.find(...args)),
  command('ofAccount', [kind, id, id, limit], ({ artefacts }, ...args) => artefacts.ofAccount(...args)),
  command('countOfAccount', [kind, id], ({ artefacts }, ...args) => artefacts.countOfAccount(...args)),
  command('deleteOfGrant', [kind, id], ({ artefacts }, ...args) => artefacts.deleteOfGrant(...args)),
  command('tidy', [], ({ artefacts }) => artefacts.tidy()),
  command('profile', [id, fc.nat(2), profileKeys], async ({ profiles }, who, version, keys) => [
    // With both faults at once a driver may report either.
    (await profiles.findByEmail(keys.email))?.id === who || (await profiles.read(who))?.version === version
      ? await profiles.swap(who, `profile ${version}`, version, keys)
      : 'not tried',
    await profiles.findByEmail(keys.email),
  ]),
  command(
    'list',
    [
      merged(
        fc.record({ limit }),
        maybe('search', fc.constantFrom('', 'a', 'ab', 'abc', 'a@', 'é')),
        maybe('statuses', fc.subarray(['active', 'pending', 'disabled', 'unknown'])),
        maybe('tags', fc.array(fc.subarray(['t', 'u', 'v\0', 'w']), { maxLength: 2 })),
        maybe('after', fc.constantFrom('a@x', 'b')),
      ),
    ],
    ({ profiles }, query) => profiles.list(query as { limit: number }),
  ),
  command('append', [id, seconds, tags], (store, entry, at, its) =>
    store.journal('audit').append({ id: entry, at, text: `entry ${entry}`, tags: its }),
  ),
  command('pages', [limit, maybe('from', seconds), maybe('to', seconds), tags], pages),
)

/** All entries of a journal. Positions differ by driver, so they are not compared. */
async function pages(
  store: Store,
  ...[size, from, to, its]: [size: number, from: object, to: object, its: string[]]
): Promise<unknown[]> {
  const query: JournalQuery = { limit: size, tags: its, ...from, ...to }
  const entries = await scan<JournalEntry & { position: string }>((last) =>
    store.journal('audit').list({ ...query, ...(last && { before: last.position }) }),
  )
  return entries.map(({ position: _, ...entry }) => entry)
}

export function agreement(open: OpenStore): void {
  it('answers any sequence of commands as the memory store does', async function () {
    this.timeout(60_000)
    const sequence = fc.asyncProperty(fc.array(commands, { maxLength: 120, size: 'max' }), async (steps) => {
      const clock = movableClock(start)
      const opened = await open(clock)
      let now = start
      const model = memoryStore({ clock: { now: () => now } })
      try {
        for (const [name, step] of steps) {
          if (typeof step === 'number') clock.set((now += step))
          else expect(await step(opened.store), name).to.deep.equal(await step(model))
        }
      } finally {
        await opened.close()
      }
    })
    await fc.assert(sequence, { numRuns: 80 })
  })
}
