/** A host with sessions of its own hears when what they rest on has ended. */
import { expect } from 'chai'
import type { Directory } from '../../src/index.ts'
import { clock } from '../support/host.ts'
import { type HostWithPages, startHostWithPages } from './hostPages.ts'

type Ended = Parameters<NonNullable<Directory['signedOut']>>[1]

describe('Directory.signedOut', () => {
  let host: HostWithPages
  let ended: (Ended & { id: string })[]
  beforeEach(async () => {
    ended = []
    host = await startHostWithPages({ directory: { signedOut: async (id, what) => void ended.push({ id, ...what }) } })
    await host.rekey.idle()
    ended = []
  })
  afterEach(() => host.close())

  it('is called with the reason of a reset and of an end of sessions', async () => {
    await host.rekey.endSessions('ana', 'asked', null)
    await host.rekey.idle()
    await host.rekey.reset({ accountId: 'ana', by: null })
    await host.rekey.idle()
    await host.rekey.endSessions('ana', 'password-changed', null)
    await host.rekey.idle()
    await host.rekey.endSessions('ana', 'disabled', null)
    await host.rekey.idle()
    expect(ended.map(({ id, because }) => `${id} ${because}`)).to.deep.equal([
      'ana asked',
      'ana reset',
      'ana password-changed',
      'ana disabled',
    ])
    for (const { at } of ended) expect(at).to.be.closeTo(clock.now(), 5)
  })
})
