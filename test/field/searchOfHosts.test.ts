/** A host's own directory may ignore the filters of a list: its answers are filtered again, and no person is lost. */
import { expect } from 'chai'
import type { Directory, HostDirectory } from '../../src/ports.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { clock } from '../support/host.ts'
import { listedPeople } from '../support/listedPeople.ts'

const directories: Readonly<Record<string, (directory: Directory) => HostDirectory>> = {
  'keeps states of second factors and ignores other filters': (directory) => ({
    ...directory,
    list: ({ role: _, group: __, groups: ___, backupCodes: ____, ...query }) => directory.list(query),
  }),
  'keeps no states of second factors': ({ factorChanged: _, ...directory }) => directory,
  'has no filter at all, and people without groups': ({ factorChanged: _, ...directory }) => ({
    ...directory,
    async list({ after = '', limit }) {
      const people = await directory.list({ after, limit })
      return people.map(({ groups, secondFactor: _state, backupCodes: _codes, ...person }) =>
        groups?.length === 0 ? person : { ...person, groups },
      )
    },
  }),
}

describe('Users of a directory of a host', () => {
  for (const [name, shown] of Object.entries(directories)) {
    it(`that ${name} are found by group, role and codes`, async () => {
      const people = await listedPeople(memoryStore({ clock }), shown)
      try {
        // More than the first two steps read, and those that match are far apart.
        const ids = Array.from({ length: 260 }, (_, n) => `user${String(n).padStart(3, '0')}`)
        for (const [n, id] of ids.entries())
          await people.create(id, { groups: n % 40 ? [] : ['rare'], roles: n % 80 ? [] : ['helpdesk'] })
        const rare = ids.filter((_, n) => n % 40 === 0)
        for (const limit of [2, 7, 200]) {
          expect(await people.all({ group: 'rare', limit })).to.deep.equal(rare)
          expect(await people.all({ group: 'rare', role: 'helpdesk', limit })).to.deep.equal(
            rare.filter((_, n) => n % 2 === 0),
          )
          expect(await people.all({ role: 'admin', limit })).to.deep.equal(['admin'])
          expect(await people.all({ group: 'none', limit })).to.deep.equal([])
          expect(await people.all({ backup_codes: 'few', limit })).to.deep.equal([])
        }
      } finally {
        await people.close()
      }
    })
  }
})
