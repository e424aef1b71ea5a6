/** One code or proof allows one act of one kind, whatever text comes with it under the same Idempotency-Key; that act can be retried. */
import { expect } from 'chai'
import { type ServerFixture, openFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Answer, Body } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import { type Page, withForm } from '../support/client.ts'

const said = ({ status, body }: Answer): [number, unknown] => [status, body.code]
/** A reason that imitates the text of a change. */
const asChange = (changes: Body): string => `change|${JSON.stringify(changes)}`

for (const store of ['sqlite', 'redis'] as const)
  for (const acts of [1, null])
    describe(`On ${store}, with acts_per_hour: ${acts}, one code or proof`, () => {
      const refusal = acts === null ? [401, 'insufficient_user_authentication'] : [429, 'too_many_resets']
      let fixture: ServerFixture
      before(async () => {
        fixture = await openFixture({ reset: { links_per_hour: null }, step_up: { acts_per_hour: acts } }, { store })
      })

      /** An administrator whose sign-in is too old to be a proof: every act needs a code. */
      async function withoutProof(person?: Person): Promise<Acting> {
        const acting = await fixture.acting(person ?? (await fixture.person({ roles: ['admin'] })))
        await fixture.advance(61)
        return acting
      }
      const key = { 'idempotency-key': 'ticket-4712' }
      const patch = (acting: Acting, { id }: Person, body: Body): Promise<Answer> =>
        acting.call('PATCH', `/users/${id}`, body, key)
      const stateOf = async ({ id }: Person) => {
        const { body } = await (await fixture.admin()).call('GET', `/users/${id}`)
        return { state: body.two_factor.state as string, roles: body.roles as string[], email: body.email as string }
      }

      it('of a reset gives no role', async () => {
        const [admin, target] = [await withoutProof(), await fixture.person()]
        const changes = { roles: ['admin'] }
        const reset = await admin.reset(target, { code: await admin.person.code(), reason: asChange(changes) }, key)
        expect(reset.status).to.equal(201)
        expect(said(await patch(admin, target, changes))).to.deep.equal(refusal)
        expect((await stateOf(target)).roles).to.deep.equal([])
      })

      it('of a changed email causes no reset, and mails no link to it', async () => {
        const [admin, target] = [await withoutProof(), await fixture.person()]
        const changes = { email: `evil.${target.email}` }
        expect((await patch(admin, target, { ...changes, code: await admin.person.code() })).status).to.equal(200)
        expect(said(await admin.reset(target, { reason: asChange(changes) }, key))).to.deep.equal(refusal)
        expect(await stateOf(target)).to.deep.include({ state: 'active', email: changes.email })
        expect((await fixture.links(changes)).filter((link) => link.startsWith('/two-factor/reset/'))).to.deep.equal([])
      })

      it('of a sign-in is used by the first of two kinds', async () => {
        const admin = await fixture.person({ roles: ['admin'] })
        await fixture.advance(30)
        const acting = await fixture.acting(admin)
        const target = await fixture.person()
        const changes = { email: `evil.${target.email}` }
        expect((await patch(acting, target, changes)).status).to.equal(200)
        expect(said(await acting.reset(target, { reason: asChange(changes) }, key))).to.deep.equal(refusal)
        expect((await stateOf(target)).state).to.equal('active')
      })

      it('of a change causes no reset 50 minutes later with the same key and text', async () => {
        const [admin, target] = [await withoutProof(), await fixture.person()]
        const changes = { roles: ['helpdesk'] }
        expect((await patch(admin, target, { ...changes, code: await admin.person.code() })).status).to.equal(200)
        await fixture.advance(2900)
        const later = await withoutProof(admin.person)
        expect(said(await later.reset(target, { reason: asChange(changes) }, key))).to.deep.equal(refusal)
        expect((await stateOf(target)).state).to.equal('active')
      })

      it('allows a retry of its own act with the same key', async () => {
        const [admin, target] = [await withoutProof(), await fixture.person()]
        const [first, again] = [
          await admin.reset(target, { code: await admin.person.code() }, key),
          await admin.reset(target, {}, key),
        ]
        expect([first.status, again.status, again.body.id]).to.deep.equal([201, 201, first.body.id])
        expect((await fixture.count(target)).audit('two_factor.reset.started')).to.equal(1)
      })

      it('of one kind allows no other kind with the same key and the same text', async () => {
        type Kind = (acting: Acting, target: Person, code?: string) => Promise<Answer>
        const kinds: Record<'reset' | 'change' | 'invite', Kind> = {
          reset: (acting, target, code) => acting.reset(target, { reason: asChange({ roles: ['admin'] }), code }, key),
          change: (acting, target, code) => patch(acting, target, { roles: ['admin'], code }),
          invite: (acting, target, code) => {
            const body = { email: `new.${target.email}`, name: 'New', roles: ['admin'], code }
            return acting.call('POST', '/users', body, key)
          },
        }
        const names = Object.keys(kinds) as (keyof typeof kinds)[]
        for (const used of names)
          for (const other of names.filter((name) => name !== used)) {
            const [admin, target] = [await withoutProof(), await fixture.person()]
            const first = await kinds[used](admin, target, await admin.person.code())
            expect([200, 201], `${used}: ${first.text}`).to.include(first.status)
            expect(said(await kinds[other](admin, target)), `${used} for ${other}`).to.deep.equal(refusal)
          }
      })

      it('in the console is for the confirmed act only', async () => {
        const [admin, target] = [await fixture.person({ roles: ['admin'] }), await fixture.person()]
        const { visitor } = await fixture.enterApp(admin, '/admin/users', 'Users')
        const user = `/admin/users/${target.id}`
        const actOf = ({ text }: Page): string => /name="act" value="([^"]+)"/.exec(text)?.[1] ?? ''
        const changes = { roles: ['admin'] }
        const confirm = withForm(await visitor.go(`${user}/two-factor/reset`), /reset$/)
        const reset = await visitor.submit(confirm, { reason: asChange(changes), seen: '' })
        const edit = withForm(await visitor.go(`${user}/edit`), /edit$/)
        const same = { name: 'Same', name_was: 'Same', email: target.email, email_was: target.email }
        const change = await visitor.submit(edit, { ...same, roles: 'admin' })
        expect([reset.h1, change.h1]).to.deep.equal(['Enter your own code', 'Enter your own code'])

        const code = await admin.code()
        const done = await visitor.submit(withForm(reset, /step-up$/), { act: actOf(reset), code })
        expect(done.text).to.contain('2FA has been reset')
        // At the step-up of the change: the used code, no code, and the confirmation of the reset.
        const sent = [
          { act: actOf(change), code },
          { act: actOf(change), code: '' },
          { act: actOf(reset), code },
        ]
        for (const fields of sent) await visitor.submit(withForm(change, /step-up$/), fields)
        expect(await stateOf(target)).to.deep.include({ state: 'reset', roles: [] })
        const { audit } = await fixture.count(target)
        expect([audit('two_factor.reset.started'), audit('account.changed')]).to.deep.equal([1, 0])
      })
    })
