import { expect } from 'chai'
import { authorityRefusal, isAmong, visibleGroups } from '../../src/core/authority.ts'

describe('Who may reset whom', () => {
  const person = (id: string, ...roles: string[]) => ({ id, roles, groups: ['staff'] })
  const admin = person('admin', 'admin')
  const helpdesk = person('helpdesk', 'helpdesk')
  const both = person('both', 'helpdesk', 'admin')
  const user = person('user')

  it('no person may reset themselves, with any roles', () => {
    for (const item of [admin, helpdesk, both, user])
      expect(authorityRefusal({ actor: item, target: item }, [])).to.equal('self')
  })

  it('an administrator may reset every other person', () => {
    for (const target of [user, helpdesk, both, person('second admin', 'admin')])
      for (const actor of [admin, both])
        if (actor !== target) expect(authorityRefusal({ actor, target }, [])).to.equal(null)
  })

  it('helpdesk may reset people without a role, and no other helpdesk or administrator', () => {
    expect(authorityRefusal({ actor: helpdesk, target: user }, [])).to.equal(null)
    for (const target of [admin, both, person('second helpdesk', 'helpdesk'), person('x', 'a role of tomorrow')])
      expect(authorityRefusal({ actor: helpdesk, target }, [])).to.equal('authority')
  })

  it('helpdesk may reset only members of its groups, if any are configured; an administrator all', () => {
    const seller = { ...person('seller'), groups: ['staff', 'sales'] }
    const nowhere = { ...user, groups: [] }
    expect(authorityRefusal({ actor: helpdesk, target: seller }, ['sales', 'shops'])).to.equal(null)
    for (const target of [user, nowhere, { ...seller, groups: ['Sales', 'sale'] }, { ...seller, roles: ['helpdesk'] }])
      expect(authorityRefusal({ actor: helpdesk, target }, ['sales', 'shops'])).to.equal('authority')
    for (const target of [user, nowhere]) expect(authorityRefusal({ actor: admin, target }, ['sales'])).to.equal(null)
  })

  it('people without a role or with an unknown one may reset no person', () => {
    for (const actor of [user, person('x', 'a role of tomorrow')])
      for (const target of [person('somebody'), admin])
        expect(authorityRefusal({ actor, target }, [])).to.equal('authority')
  })
})

describe('Who finds whom in a list', () => {
  const person = (groups: readonly string[], ...roles: string[]) => ({ id: groups.join(), roles, groups })
  const finds = (roles: string[], target: { readonly groups: readonly string[] }, helpdeskGroups: string[]) =>
    isAmong(target, visibleGroups(person(['sales'], ...roles), helpdeskGroups))

  it('an administrator finds everybody, helpdesk the members of its groups, if any are configured', () => {
    for (const target of [person([]), person(['sales']), person(['staff', 'shops']), person(['Sales'], 'admin')]) {
      for (const limits of [[], ['sales', 'shops']]) {
        expect(finds(['admin'], target, limits)).to.equal(true)
        expect(finds(['admin', 'helpdesk'], target, limits)).to.equal(true)
      }
      expect(finds(['helpdesk'], target, [])).to.equal(true)
      const isMember = target.groups.some((group) => group === 'sales' || group === 'shops')
      expect(finds(['helpdesk'], target, ['sales', 'shops'])).to.equal(isMember)
    }
  })

  it('people without a role or with an unknown one find nobody', () => {
    for (const roles of [[], ['a role of tomorrow']])
      for (const limits of [[], ['sales']]) expect(finds(roles, person(['sales']), limits)).to.equal(false)
  })

  it('a person who may be acted on is found', () => {
    const groups = [[], ['sales'], ['staff'], ['sales', 'staff']]
    for (const target of groups.flatMap((each) => [person(each), person(each, 'helpdesk'), person(each, 'admin')]))
      for (const roles of [[], ['helpdesk'], ['admin'], ['helpdesk', 'admin']])
        for (const limits of [[], ['sales'], ['shops']]) {
          const actor = { id: 'actor', roles, groups: [] }
          if (authorityRefusal({ actor, target }, limits) === null) expect(finds(roles, target, limits)).to.equal(true)
        }
  })
})
