/** Saved backup codes are not shown again, on page or in file, also when an old ticket or sign-in is restored. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import { uidOf } from '../support/signIns.ts'
import { codesIn, type Fields, type Page } from '../support/client.ts'

for (const store of ['sqlite', 'redis'] as const)
  describe(`On ${store}, backup codes that were saved`, () => {
    let fixture: ServerFixture
    before(async () => {
      fixture = await openFixture({}, { store })
    })

    /** Those of these codes that the page, its file or its repeated form show. */
    async function shown(page: Page, codes: readonly string[], again: Fields): Promise<string[]> {
      const { visitor } = page
      const answers = [
        await visitor.go(page.path),
        await visitor.go(`${page.path}.txt`),
        await visitor.submit(page, again),
      ]
      return codes.filter((code) => answers.some(({ text }) => text.includes(code)))
    }

    async function byLink(): Promise<Page> {
      const person = await fixture.person()
      const { link } = await fixture.reset(person)
      const page = await fixture.visitor().get(link)
      return fixture.confirm(person, await page.visitor.submit(page, {}))
    }

    async function byInvitation(): Promise<Page> {
      const person = await fixture.person({ status: 'pending', enrolled: false })
      const page = await fixture.visitor().get(await fixture.invite(person))
      const choose = await page.visitor.submit(page, {})
      return fixture.confirm(person, await choose.visitor.submit(choose, { password: 'a horse that reads at night' }))
    }

    async function atSignIn(): Promise<Page> {
      const person = await fixture.person({ enrolled: false })
      return fixture.confirm(person, await fixture.challenge(person))
    }

    for (const [where, begin] of Object.entries({ 'behind a link': byLink, 'behind an invitation': byInvitation }))
      it(`${where} are shown until then, and not with a restored ticket`, async () => {
        const page = await begin()
        const codes = codesIn(page.text)
        expect(codes).to.have.length(10)
        const kept = page.visitor.stolen()
        expect(await shown({ ...page, visitor: page.visitor.stolen() }, codes, {})).to.deep.equal(codes)
        const done = await page.visitor.submit(page, { saved: 'yes' })
        expect(done.h1).to.equal('You are all set')
        for (const again of [{}, { saved: 'yes' }])
          expect(await shown({ ...page, visitor: kept.stolen() }, codes, again)).to.deep.equal([])
      })

    it('at the sign-in are shown until then, and not by a restored sign-in', async () => {
      const page = await atSignIn()
      const codes = codesIn(page.text)
      expect(codes).to.have.length(10)
      const uid = uidOf(page)
      const kept = await fixture.host.store.artefacts.get('Interaction', uid)
      if (!kept) throw new Error('no interaction is stored')
      const before = page.visitor.stolen()
      expect(await shown({ ...page, visitor: page.visitor.stolen() }, codes, {})).to.deep.equal(codes)
      expect((await page.visitor.submit(page, { saved: 'yes' })).h1).to.equal('You are all set')
      expect(await shown({ ...page, visitor: before.stolen() }, codes, {})).to.deep.equal([])
      for (const again of [{}, { saved: 'yes' }]) {
        const expiresAt = fixture.server.now() + 600
        await fixture.host.store.artefacts.put('Interaction', uid, kept.text, { expiresAt })
        expect(await shown({ ...page, visitor: before.stolen() }, codes, again)).to.deep.equal([])
      }
    })

    it('have the same result for a double click', async () => {
      for (const page of [await byLink(), await atSignIn()]) {
        const both = await Promise.all([0, 1].map(() => page.visitor.submit(page, { saved: 'yes' })))
        expect(both.map(({ h1 }) => h1)).to.deep.equal(['You are all set', 'You are all set'])
      }
    })
  })
