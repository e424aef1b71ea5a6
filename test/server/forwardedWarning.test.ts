import { expect } from 'chai'
import { createServer } from 'node:http'
import supertest from 'supertest'
import { warningOfProxy } from '../../src/server/forwardedWarning.ts'

describe('A proxy that is not trusted', () => {
  const served = (proxies: number) => {
    const lines: string[] = []
    const listener = warningOfProxy(
      proxies,
      (line) => lines.push(line),
      (_req, res) => void res.end('here'),
    )
    return { lines, ask: () => supertest(createServer(listener)).get('/') }
  }

  it('causes one warning, and every request is answered', async () => {
    const { lines, ask } = served(0)
    expect((await ask()).text).to.equal('here')
    expect(lines).to.deep.equal([])
    for (let n = 0; n < 3; n++) expect((await ask().set('X-Forwarded-For', '198.51.100.7')).text).to.equal('here')
    expect(lines).to.have.length(1)
    expect(lines[0]).to.include('TRUST_PROXY')
  })

  it('causes no warning when proxies are trusted', async () => {
    const { lines, ask } = served(1)
    await ask().set('X-Forwarded-For', '198.51.100.7')
    expect(lines).to.deep.equal([])
  })
})
