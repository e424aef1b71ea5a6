import { expect } from 'chai'
import { type StoreRoom, storeRoom } from '../../src/core/storeRoom.ts'

describe('The room of a store', () => {
  const levels = (...shares: (number | null)[]): StoreRoom[] => {
    let room: StoreRoom = 'ok'
    return shares.map((share) => (room = storeRoom(share, room)))
  }

  it('is low from 80 %, nearly full from 95 %', () => {
    expect(levels(0, 0.79, 0.8, 0.94, 0.95, 1)).to.deep.equal(['ok', 'ok', 'low', 'low', 'nearly-full', 'nearly-full'])
  })

  it('changes once although the share goes to and fro', () => {
    expect(levels(0.95, 0.94, 0.95, 0.92)).to.deep.equal(['nearly-full', 'nearly-full', 'nearly-full', 'low'])
    expect(levels(0.8, 0.79, 0.8, 0.77)).to.deep.equal(['low', 'low', 'low', 'ok'])
  })

  it('is not judged without a limit', () => {
    expect(levels(0.99, null)).to.deep.equal(['nearly-full', 'ok'])
  })
})
