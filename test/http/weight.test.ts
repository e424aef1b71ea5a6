/** Bytes of a first page load, without headers. */
import { expect } from 'chai'
import { get, type IncomingMessage } from 'node:http'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Page } from '../support/client.ts'

/** Most bytes of a first load. */
const MOST = 25_000

describe('The weight of a page', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  /** The body as it is sent, not decompressed. */
  const asSent = (path: string, headers: Record<string, string>): Promise<IncomingMessage & { body: Buffer }> =>
    new Promise((resolve, reject) => {
      get(new URL(path, fixture.issuer), { headers }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => resolve(Object.assign(answer, { body: Buffer.concat(parts) })))
      }).on('error', reject)
    })
  const assetsOf = ({ text }: Page): string[] =>
    [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, to = '']) => to)

  it('is at most 25 KB with all files', async () => {
    const signIn = await fixture.begin()
    const setUp = await fixture.enterPassword(signIn, await fixture.person({ enrolled: false }))
    for (const [page, count] of [
      [signIn, 3],
      [setUp, 4],
    ] as const) {
      const files = await Promise.all(assetsOf(page).map((path) => asSent(path, { 'accept-encoding': 'gzip, br' })))
      expect(files).to.have.length(count)
      const weight = files.reduce((sum, { body }) => sum + body.length, Buffer.byteLength(page.text))
      expect(weight, page.h1 ?? '').to.be.lessThan(MOST)
    }
  })

  it('is compressed for clients that accept it, plain for others, and has an ETag for each', async () => {
    const [path = ''] = assetsOf(await fixture.begin()).filter((item) => item.includes('style.css'))
    const [packed, plain] = [await asSent(path, { 'accept-encoding': 'gzip' }), await asSent(path, {})]
    expect([packed.headers['content-encoding'], plain.headers['content-encoding']]).to.deep.equal(['gzip', undefined])
    expect(packed.body.length).to.be.lessThan(plain.body.length / 2)
    expect(await (await fetch(new URL(path, fixture.issuer))).text()).to.equal(plain.body.toString())
    for (const item of [packed, plain]) expect(item.headers.vary).to.contain('Accept-Encoding')
    const [first = '', second = ''] = [packed.headers.etag, plain.headers.etag]
    expect(first).to.not.equal(second)
    const known = await asSent(path, { 'accept-encoding': 'gzip', 'if-none-match': first })
    expect([known.statusCode, known.body.length]).to.deep.equal([304, 0])
  })
})
