/** The page of an outage has a link to retry, where that is safe. */
import { expect } from 'chai'
import { createVisitor } from '../support/client.ts'
import { clock, type Host, startHost } from '../support/host.ts'
import { memoryStore } from '../../src/store/memory.ts'

describe('During an outage', () => {
  let host: Host
  const store = memoryStore({ clock })
  before(async () => {
    host = await startHost({ store })
    await store.close()
  })
  after(() => host.close())

  it('a page offers a retry with its query, and shows the reference and the time', async () => {
    const page = await createVisitor(host.issuer).get('/two-factor/reset/garbage?language=en')
    expect([page.status, page.h1]).to.deep.equal([503, 'Not available right now'])
    expect(page.text).to.contain('<a class="btn" href="?language=en">Try again</a>')
    expect(page.text)
      .to.match(/<dt>Reference<\/dt><dd class="reference"><bdi>[\w-]{10,}</)
      .and.match(/<dt>Time<\/dt><dd><time /)
    expect(page.headers.get('retry-after')).to.equal('2')
  })

  it('no page offers a retry that would differ or not help', async () => {
    const visitor = createVisitor(host.issuer)
    for (const page of [await visitor.post('/two-factor/reset/garbage', {}), await visitor.get('/sign-in/x/y/z')])
      expect(page.text).not.to.contain('Try again')
  })
})
