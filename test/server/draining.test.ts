/** The end of a listener answers the requests that wait for a change, which would last longer than it does. */
import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDraining } from '../../src/server/draining.ts'

describe('The end of a listener', () => {
  for (const how of ['quickly', 'slowly'] as const)
    it(`that ends ${how} ends the waits, once`, async () => {
      let begun = 0
      const end = Promise.withResolvers<void>()
      const server = createServer((_, res) => {
        res.shouldKeepAlive = false
        void end.promise.then(() => res.end('no change'))
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const draining = createDraining(server, () => {
        begun += 1
        end.resolve()
      })
      const arrived = once(server, 'request')
      const answering = once(get(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), 'response')
      await arrived
      const ended = draining[how]()
      const [answer] = (await answering) as [IncomingMessage]
      expect((await answer.toArray()).join('')).to.equal('no change')
      await ended
      await draining.quickly()
      expect(begun).to.equal(1)
    })
})
