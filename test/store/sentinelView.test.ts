import { expect } from 'chai'
import { unsteady, type View, viewOf } from '../../src/store/redis/sentinelView.ts'

const old = { host: '10.0.0.1', port: 6379 }
const promoted = { host: '10.0.0.2', port: 6379 }
const described = (host: string, flags: string) =>
  ({ ip: host, port: '6379', 'config-epoch': '4', flags, 'num-slaves': '2', 'num-other-sentinels': '2' }) as const

/** What a sentinel says before, in the middle of and after a failover, by its answers to GET-MASTER-ADDR-BY-NAME and MASTER. */
const said: Readonly<Record<string, View>> = {
  before: viewOf([old.host, '6379'], described(old.host, 'master')),
  'the master is down': viewOf([old.host, '6379'], described(old.host, 's_down,master')),
  'leads a failover': viewOf([old.host, '6379'], described(old.host, 's_down,o_down,master,failover_in_progress')),
  'leads one on request': viewOf([old.host, '6379'], described(old.host, 'master,failover_in_progress')),
  'has promoted, still leads': viewOf(
    [promoted.host, '6379'],
    described(old.host, 'o_down,master,failover_in_progress'),
  ),
  after: viewOf([promoted.host, '6379'], described(promoted.host, 'master')),
  'the next failover': viewOf([promoted.host, '6379'], described(promoted.host, 'master,failover_in_progress')),
}
const names = Object.keys(said)

describe('A write that one of two replicas has', () => {
  it('is safe only when every sentinel names its process and no failover from it', () => {
    for (const endpoint of [old, promoted, undefined])
      for (const first of names)
        for (const second of names)
          for (const third of names) {
            const safe: readonly string[] =
              endpoint === old ? ['before'] : endpoint === promoted ? ['after', 'has promoted, still leads'] : []
            const isSafe = [first, second, third].every((name) => safe.includes(name))
            const fault = unsteady([said[first]!, said[second]!, said[third]!], 3, endpoint)
            expect(fault === null, `${first}, ${second}, ${third} at ${endpoint?.host}`).to.equal(isSafe)
          }
  })

  it('is not safe when a sentinel is silent, or there is one that the settings do not name', () => {
    const views = [said['before']!, said['before']!]
    expect(unsteady(views, 3, old)).to.match(/not every sentinel/)
    expect(unsteady([], 3, old)).to.match(/not every sentinel/)
    expect(unsteady(views, 2, old)).to.match(/not every sentinel/)
  })
})
