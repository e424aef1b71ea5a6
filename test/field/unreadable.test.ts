/** A request that never reaches the application is answered with words: browsers would show an empty page. */
import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, maxHeaderSize } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { answerUnreadable } from '../../src/server/unreadable.ts'

const requests: Readonly<Record<string, readonly [request: string, status: string, words: string]>> = {
  'an address that is too long': [`GET /auth?state=${'x'.repeat(maxHeaderSize)} HTTP/1.1`, '431', 'RFC 9126'],
  'cookies of the whole domain': [`GET / HTTP/1.1\r\nCookie: a=${'x'.repeat(maxHeaderSize)}`, '431', 'cookies'],
  'TLS at a port without it': ['\u0016\u0003\u0001', '400', 'no HTTP request'],
}

describe('A server that cannot read', () => {
  const server = createServer((_req, res) => res.end('read'))
  before(async () => {
    server.on('clientError', answerUnreadable)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => server.close())

  for (const [what, [request, status, words]] of Object.entries(requests))
    it(`${what} answers ${status}`, async () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.write(`${request}\r\n\r\n`)
      const answer = await text(socket)
      expect(answer)
        .to.match(new RegExp(`^HTTP/1\\.1 ${status} [^]*Content-Type: text/plain`))
        .and.contain(words)
    })
})
