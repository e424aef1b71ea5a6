import { expect } from 'chai'
import { byBytes } from '../../../src/store/values.ts'
import type { Open } from '../contract.ts'
import { atOnce, awkward, inTurns, stage, start, scan } from './fixture.ts'

export function artefactIndexes(open: Open): void {
  describe('indexes of artefacts', () => {
    const at = stage(open)

    for (const index of ['uid', 'userCode'] as const) {
      describe(index, () => {
        it('finds the id and the artefact', async () => {
          await at.artefacts.put('Session', 's', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.take('Session', 's')
          expect(await at.artefacts.find('Session', index, 'u')).to.deep.equal({ id: 's', text: 'one', takenAt: start })
        })

        it('finds nothing under an unused name, or in another kind', async () => {
          await at.artefacts.put('Session', 's', 'one', { indexes: { [index]: 'u' } })
          expect(await at.artefacts.find('Session', index, 'other')).to.equal(null)
          expect(await at.artefacts.find('Session', index, '')).to.equal(null)
          expect(await at.artefacts.find('DeviceCode', index, 'u')).to.equal(null)
        })

        it('finds no expired or deleted artefact', async () => {
          await at.artefacts.put('Session', 'expired', 'one', { expiresAt: start + 5, indexes: { [index]: 'u' } })
          await at.artefacts.put('Session', 'deleted', 'one', { indexes: { [index]: 'v' } })
          await at.artefacts.delete('Session', 'deleted')
          at.after(5)
          expect(await at.artefacts.find('Session', index, 'u')).to.equal(null)
          expect(await at.artefacts.find('Session', index, 'v')).to.equal(null)
        })

        it('does not find a new artefact under the id of a deleted one', async () => {
          await at.artefacts.put('Session', 's', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.delete('Session', 's')
          await at.artefacts.put('Session', 's', 'two')
          expect(await at.artefacts.find('Session', index, 'u')).to.equal(null)
        })

        it('is removed and changed by a put', async () => {
          await at.artefacts.put('Session', 's', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.put('Session', 's', 'two', { indexes: { [index]: 'v' } })
          expect(await at.artefacts.find('Session', index, 'u')).to.equal(null)
          expect((await at.artefacts.find('Session', index, 'v'))!.text).to.equal('two')
          await at.artefacts.put('Session', 's', 'three')
          expect(await at.artefacts.find('Session', index, 'v')).to.equal(null)
          expect((await at.artefacts.get('Session', 's'))!.text).to.equal('three')
        })

        it('follows a rotated id: the old one deleted before the new one is put', async () => {
          await at.artefacts.put('Session', 'old', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.delete('Session', 'old')
          await at.artefacts.put('Session', 'new', 'two', { indexes: { [index]: 'u' } })
          expect((await at.artefacts.find('Session', index, 'u'))!.id).to.equal('new')
        })

        it('follows a rotated id: the old one deleted after the new one is put', async () => {
          await at.artefacts.put('Session', 'old', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.put('Session', 'new', 'two', { indexes: { [index]: 'u' } })
          expect((await at.artefacts.find('Session', index, 'u'))!.id).to.equal('new')
          expect(await at.artefacts.get('Session', 'old')).not.to.equal(null)
          expect(await at.artefacts.delete('Session', 'old')).to.equal(true)
          expect(await at.artefacts.find('Session', index, 'u')).to.deep.equal({
            id: 'new',
            text: 'two',
            takenAt: null,
          })
        })

        it('finds the artefact last written with it', async () => {
          await at.artefacts.put('Session', 'a', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.put('Session', 'b', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.put('Session', 'a', 'two', { indexes: { [index]: 'u' } })
          expect((await at.artefacts.find('Session', index, 'u'))!.id).to.equal('a')
          await at.artefacts.delete('Session', 'a')
          expect(await at.artefacts.find('Session', index, 'u')).to.equal(null)
        })

        it('is free again when its artefact has expired', async () => {
          await at.artefacts.put('Session', 'old', 'one', { expiresAt: start + 5, indexes: { [index]: 'u' } })
          at.after(5)
          expect(await at.artefacts.add('Session', 'new', 'two', { indexes: { [index]: 'u' } })).to.equal(true)
          expect((await at.artefacts.find('Session', index, 'u'))!.id).to.equal('new')
          await at.artefacts.tidy()
          expect((await at.artefacts.find('Session', index, 'u'))!.id).to.equal('new')
        })

        it('accepts every string as a name', async () => {
          for (const [n, name] of awkward.entries()) {
            await at.artefacts.put('Session', `s${n}`, '', { indexes: { [index]: name } })
          }
          for (const [n, name] of awkward.entries()) {
            expect((await at.artefacts.find('Session', index, name))!.id, JSON.stringify(name)).to.equal(`s${n}`)
          }
        })
      })
    }

    describe('of an account', () => {
      const put = (id: string, accountId: string, expiresAt?: number) =>
        at.artefacts.put('Session', id, `text of ${id}`, {
          indexes: { accountId },
          ...(expiresAt !== undefined && { expiresAt }),
        })

      it('lists unexpired artefacts, ordered by id', async () => {
        for (const id of ['c', 'a', 'b']) await put(id, 'ada')
        await put('d', 'bob')
        await put('e', 'ada', start + 5)
        await at.artefacts.put('Grant', 'f', '', { indexes: { accountId: 'ada' } })
        await at.artefacts.put('Session', 'g', '')
        await at.artefacts.take('Session', 'b')
        at.after(5)
        expect(await at.artefacts.ofAccount('Session', 'ada', '', 10)).to.deep.equal([
          { id: 'a', text: 'text of a', takenAt: null },
          { id: 'b', text: 'text of b', takenAt: start },
          { id: 'c', text: 'text of c', takenAt: null },
        ])
        expect(await at.artefacts.countOfAccount('Session', 'ada')).to.equal(3)
        expect(await at.artefacts.countOfAccount('Session', 'nobody')).to.equal(0)
      })

      it('returns each artefact on one page only, even while those returned are deleted', async () => {
        await atOnce(25, (n) => put(`s${n}`, 'ada'))
        const seen = await scan<{ id: string }>(async (last) => {
          const page = await at.artefacts.ofAccount('Session', 'ada', last?.id ?? '', 10)
          expect(page.length).to.be.at.most(10)
          for (const { id } of page) await at.artefacts.delete('Session', id)
          return page
        })
        expect(seen.map(({ id }) => id)).to.deep.equal(Array.from({ length: 25 }, (_, n) => `s${n}`).toSorted(byBytes))
        expect(await at.artefacts.countOfAccount('Session', 'ada')).to.equal(0)
      })

      it('orders by bytes, whatever the strings', async () => {
        for (const id of awkward) await put(id, 'ada')
        const ids = (await at.artefacts.ofAccount('Session', 'ada', '', 100)).map(({ id }) => id)
        expect(ids).to.deep.equal(awkward.filter((id) => id !== '').toSorted(byBytes))
      })

      it('finds nothing with a limit of 0', async () => {
        await put('a', 'ada')
        expect(await at.artefacts.ofAccount('Session', 'ada', '', 0)).to.deep.equal([])
      })

      it('follows a put to another account, or to none', async () => {
        await put('a', 'ada')
        await put('b', 'ada')
        await put('a', 'bob')
        await at.artefacts.put('Session', 'b', 'anonymous')
        expect(await at.artefacts.ofAccount('Session', 'ada', '', 10)).to.deep.equal([])
        expect(await at.artefacts.countOfAccount('Session', 'ada')).to.equal(0)
        expect((await at.artefacts.ofAccount('Session', 'bob', '', 10)).map(({ id }) => id)).to.deep.equal(['a'])
      })

      it('accepts every string as an account', async () => {
        for (const [n, accountId] of awkward.entries()) await put(`s${n}`, accountId)
        for (const [n, accountId] of awkward.entries()) {
          const ids = (await at.artefacts.ofAccount('Session', accountId, '', 10)).map(({ id }) => id)
          expect(ids, JSON.stringify(accountId)).to.deep.equal([`s${n}`])
        }
      })
    })

    describe('of a grant', () => {
      it('deletes all artefacts of the kind, taken ones included, and no others', async () => {
        const grant = (grantId: string) => ({ indexes: { grantId, accountId: 'ada' } })
        for (const id of ['a', 'b', 'c']) await at.artefacts.put('AccessToken', id, '', grant('g'))
        await at.artefacts.take('AccessToken', 'b')
        await at.artefacts.put('AccessToken', 'other', '', grant('h'))
        await at.artefacts.put('AccessToken', 'none', '')
        await at.artefacts.put('RefreshToken', 'a', '', grant('g'))
        await at.artefacts.deleteOfGrant('AccessToken', 'g')
        for (const id of ['a', 'b', 'c']) expect(await at.artefacts.get('AccessToken', id), id).to.equal(null)
        for (const id of ['other', 'none']) expect(await at.artefacts.get('AccessToken', id), id).not.to.equal(null)
        expect(await at.artefacts.get('RefreshToken', 'a')).not.to.equal(null)
        expect(await at.artefacts.countOfAccount('AccessToken', 'ada')).to.equal(1)
      })

      it('does not delete an artefact that was put under another grant since', async () => {
        await at.artefacts.put('AccessToken', 'a', '', { indexes: { grantId: 'g' } })
        await at.artefacts.put('AccessToken', 'a', '', { indexes: { grantId: 'h' } })
        await at.artefacts.deleteOfGrant('AccessToken', 'g')
        expect(await at.artefacts.get('AccessToken', 'a')).not.to.equal(null)
        await at.artefacts.deleteOfGrant('AccessToken', 'h')
        expect(await at.artefacts.get('AccessToken', 'a')).to.equal(null)
      })

      it('deletes a thousand artefacts, and accepts a grant with none', async () => {
        await inTurns(1000, (n) =>
          at.artefacts.put('AccessToken', `t${n}`, '', { indexes: { grantId: 'g', accountId: 'a' } }),
        )
        await at.artefacts.deleteOfGrant('AccessToken', 'g')
        await at.artefacts.deleteOfGrant('AccessToken', 'g')
        expect(await at.artefacts.countOfAccount('AccessToken', 'a')).to.equal(0)
      })
    })
  })
}
