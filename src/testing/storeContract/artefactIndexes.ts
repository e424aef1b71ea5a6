import { equal, notEqual, ok } from 'node:assert/strict'
import { byBytes } from '../../store/values.ts'
import type { Runner } from '../runner.ts'
import { atOnce, awkward, inTurns, same, scan, stage, start, type OpenStore } from './fixture.ts'

export function artefactIndexes(runner: Runner, open: OpenStore): void {
  runner.describe('indexes of artefacts', () => {
    const at = stage(runner, open)
    const { it } = at

    for (const index of ['uid', 'userCode'] as const) {
      runner.describe(index, () => {
        it('finds the id and the artefact', async () => {
          await at.artefacts.put('Session', 's', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.take('Session', 's')
          same(await at.artefacts.find('Session', index, 'u'), { id: 's', text: 'one', takenAt: start })
        })

        it('finds nothing under an unused name, or in another kind', async () => {
          await at.artefacts.put('Session', 's', 'one', { indexes: { [index]: 'u' } })
          equal(await at.artefacts.find('Session', index, 'other'), null)
          equal(await at.artefacts.find('Session', index, ''), null)
          equal(await at.artefacts.find('DeviceCode', index, 'u'), null)
        })

        it('finds no expired or deleted artefact', async () => {
          await at.artefacts.put('Session', 'expired', 'one', { expiresAt: start + 5, indexes: { [index]: 'u' } })
          await at.artefacts.put('Session', 'deleted', 'one', { indexes: { [index]: 'v' } })
          await at.artefacts.delete('Session', 'deleted')
          at.after(5)
          equal(await at.artefacts.find('Session', index, 'u'), null)
          equal(await at.artefacts.find('Session', index, 'v'), null)
        })

        it('does not find a new artefact under the id of a deleted one', async () => {
          await at.artefacts.put('Session', 's', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.delete('Session', 's')
          await at.artefacts.put('Session', 's', 'two')
          equal(await at.artefacts.find('Session', index, 'u'), null)
        })

        it('is removed and changed by a put', async () => {
          await at.artefacts.put('Session', 's', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.put('Session', 's', 'two', { indexes: { [index]: 'v' } })
          equal(await at.artefacts.find('Session', index, 'u'), null)
          equal((await at.artefacts.find('Session', index, 'v'))!.text, 'two')
          await at.artefacts.put('Session', 's', 'three')
          equal(await at.artefacts.find('Session', index, 'v'), null)
          equal((await at.artefacts.get('Session', 's'))!.text, 'three')
        })

        it('follows a rotated id: the old one deleted before the new one is put', async () => {
          await at.artefacts.put('Session', 'old', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.delete('Session', 'old')
          await at.artefacts.put('Session', 'new', 'two', { indexes: { [index]: 'u' } })
          equal((await at.artefacts.find('Session', index, 'u'))!.id, 'new')
        })

        it('follows a rotated id: the old one deleted after the new one is put', async () => {
          await at.artefacts.put('Session', 'old', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.put('Session', 'new', 'two', { indexes: { [index]: 'u' } })
          equal((await at.artefacts.find('Session', index, 'u'))!.id, 'new')
          notEqual(await at.artefacts.get('Session', 'old'), null)
          equal(await at.artefacts.delete('Session', 'old'), true)
          same(await at.artefacts.find('Session', index, 'u'), {
            id: 'new',
            text: 'two',
            takenAt: null,
          })
        })

        it('finds the artefact last written with it', async () => {
          await at.artefacts.put('Session', 'a', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.put('Session', 'b', 'one', { indexes: { [index]: 'u' } })
          await at.artefacts.put('Session', 'a', 'two', { indexes: { [index]: 'u' } })
          equal((await at.artefacts.find('Session', index, 'u'))!.id, 'a')
          await at.artefacts.delete('Session', 'a')
          equal(await at.artefacts.find('Session', index, 'u'), null)
        })

        it('is free again when its artefact has expired', async () => {
          await at.artefacts.put('Session', 'old', 'one', { expiresAt: start + 5, indexes: { [index]: 'u' } })
          at.after(5)
          equal(await at.artefacts.add('Session', 'new', 'two', { indexes: { [index]: 'u' } }), true)
          equal((await at.artefacts.find('Session', index, 'u'))!.id, 'new')
          await at.artefacts.tidy()
          equal((await at.artefacts.find('Session', index, 'u'))!.id, 'new')
        })

        it('accepts every string as a name', async () => {
          for (const [n, name] of awkward.entries()) {
            await at.artefacts.put('Session', `s${n}`, '', { indexes: { [index]: name } })
          }
          for (const [n, name] of awkward.entries()) {
            equal((await at.artefacts.find('Session', index, name))!.id, `s${n}`, JSON.stringify(name))
          }
        })
      })
    }

    runner.describe('of an account', () => {
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
        same(await at.artefacts.ofAccount('Session', 'ada', '', 10), [
          { id: 'a', text: 'text of a', takenAt: null },
          { id: 'b', text: 'text of b', takenAt: start },
          { id: 'c', text: 'text of c', takenAt: null },
        ])
        equal(await at.artefacts.countOfAccount('Session', 'ada'), 3)
        equal(await at.artefacts.countOfAccount('Session', 'nobody'), 0)
      })

      it('returns each artefact on one page only, even while those returned are deleted', async () => {
        await atOnce(25, (n) => put(`s${n}`, 'ada'))
        const seen = await scan<{ id: string }>(async (last) => {
          const page = await at.artefacts.ofAccount('Session', 'ada', last?.id ?? '', 10)
          ok(page.length <= 10)
          for (const { id } of page) await at.artefacts.delete('Session', id)
          return page
        })
        same(
          seen.map(({ id }) => id),
          Array.from({ length: 25 }, (_, n) => `s${n}`).toSorted(byBytes),
        )
        equal(await at.artefacts.countOfAccount('Session', 'ada'), 0)
      })

      it('orders by bytes, whatever the strings', async () => {
        for (const id of awkward) await put(id, 'ada')
        const ids = (await at.artefacts.ofAccount('Session', 'ada', '', 100)).map(({ id }) => id)
        same(ids, awkward.filter((id) => id !== '').toSorted(byBytes))
      })

      it('finds nothing with a limit of 0', async () => {
        await put('a', 'ada')
        same(await at.artefacts.ofAccount('Session', 'ada', '', 0), [])
      })

      it('follows a put to another account, or to none', async () => {
        await put('a', 'ada')
        await put('b', 'ada')
        await put('a', 'bob')
        await at.artefacts.put('Session', 'b', 'anonymous')
        same(await at.artefacts.ofAccount('Session', 'ada', '', 10), [])
        equal(await at.artefacts.countOfAccount('Session', 'ada'), 0)
        same(
          (await at.artefacts.ofAccount('Session', 'bob', '', 10)).map(({ id }) => id),
          ['a'],
        )
      })

      it('accepts every string as an account', async () => {
        for (const [n, accountId] of awkward.entries()) await put(`s${n}`, accountId)
        for (const [n, accountId] of awkward.entries()) {
          const ids = (await at.artefacts.ofAccount('Session', accountId, '', 10)).map(({ id }) => id)
          same(ids, [`s${n}`], JSON.stringify(accountId))
        }
      })
    })

    runner.describe('of a grant', () => {
      it('deletes all artefacts of the kind, taken ones included, and no others', async () => {
        const grant = (grantId: string) => ({ indexes: { grantId, accountId: 'ada' } })
        for (const id of ['a', 'b', 'c']) await at.artefacts.put('AccessToken', id, '', grant('g'))
        await at.artefacts.take('AccessToken', 'b')
        await at.artefacts.put('AccessToken', 'other', '', grant('h'))
        await at.artefacts.put('AccessToken', 'none', '')
        await at.artefacts.put('RefreshToken', 'a', '', grant('g'))
        await at.artefacts.deleteOfGrant('AccessToken', 'g')
        for (const id of ['a', 'b', 'c']) equal(await at.artefacts.get('AccessToken', id), null, id)
        for (const id of ['other', 'none']) notEqual(await at.artefacts.get('AccessToken', id), null, id)
        notEqual(await at.artefacts.get('RefreshToken', 'a'), null)
        equal(await at.artefacts.countOfAccount('AccessToken', 'ada'), 1)
      })

      it('does not delete an artefact that was put under another grant since', async () => {
        await at.artefacts.put('AccessToken', 'a', '', { indexes: { grantId: 'g' } })
        await at.artefacts.put('AccessToken', 'a', '', { indexes: { grantId: 'h' } })
        await at.artefacts.deleteOfGrant('AccessToken', 'g')
        notEqual(await at.artefacts.get('AccessToken', 'a'), null)
        await at.artefacts.deleteOfGrant('AccessToken', 'h')
        equal(await at.artefacts.get('AccessToken', 'a'), null)
      })

      it('deletes a thousand artefacts, and accepts a grant with none', async () => {
        await inTurns(1000, (n) =>
          at.artefacts.put('AccessToken', `t${n}`, '', { indexes: { grantId: 'g', accountId: 'a' } }),
        )
        await at.artefacts.deleteOfGrant('AccessToken', 'g')
        await at.artefacts.deleteOfGrant('AccessToken', 'g')
        equal(await at.artefacts.countOfAccount('AccessToken', 'a'), 0)
      })
    })
  })
}
