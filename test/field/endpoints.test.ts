/** The table method × parameter of every endpoint, from the standards. The document has the same rows, and the clause of each. */
import { expect } from 'chai'
import { page, section } from '../docs/pages.ts'
import { clients } from '../support/relyingParties.ts'
import { authorization } from './endpoints/authorization.ts'
import { metadata } from './endpoints/metadata.ts'
import type { Rows } from './endpoints/row.ts'
import { signOut } from './endpoints/signOut.ts'
import { introspection, revocation, userinfo } from './endpoints/issued.ts'
import { pushed, token } from './endpoints/token.ts'
import { openStandalone, type Standalone } from './standalone.ts'

/** By heading of the document. */
const table: Readonly<Record<string, Rows>> = {
  '/auth': authorization,
  '/request': pushed,
  '/token': token,
  '/me': userinfo,
  '/token/introspection': introspection,
  '/token/revocation': revocation,
  '/session/end': signOut,
  'Metadata and keys': metadata,
}

interface Shown {
  readonly cell: string
  readonly outcome: string
  readonly clause: string
}

const shownAt = (endpoint: string): Shown[] =>
  section(page('endpoints'), endpoint)
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (-|method)/.test(line))
    .map((line) => {
      const [method = '', parameter = '', outcome = '', clause = ''] = line.slice(2, -2).split(' | ')
      return { cell: `${method} ${parameter}`, outcome, clause }
    })

describe('Every cell of method × parameter', () => {
  let server: Standalone
  before(async () => {
    server = await openStandalone({
      clients: clients.map((item) => ({ ...item, post_logout_redirect_uris: ['http://127.0.0.1:9/signed-out'] })),
      anonymous: { writes_per_minute: null },
    })
  })
  after(() => server.close())

  for (const [endpoint, rows] of Object.entries(table))
    describe(endpoint, () => {
      const shown = shownAt(endpoint)

      it('has the rows of the document, in both directions', () => {
        expect(shown.map(({ cell }) => cell)).to.deep.equal(Object.keys(rows))
        for (const { clause } of shown) expect(clause).to.match(/^\S.* §\d/)
      })

      for (const { cell, outcome, clause } of shown)
        it(`${cell}: ${outcome} (${clause})`, async () => {
          expect(rows[cell]?.outcome).to.equal(outcome)
          await rows[cell]?.check(server)
        })
    })
})
