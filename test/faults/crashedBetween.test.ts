/** kill -9 between a reset and its effects: no acknowledged reset is lost, none is partial, no audit line is written twice. */
import { expect } from 'chai'
import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Acting } from '../support/managementCalls.ts'
import type { Answer, Body } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import type { Visitor } from '../support/client.ts'
import { eventually, type FaultFixture, openFaultFixture, ROUNDS } from '../support/faultFixture.ts'
import { type BackchannelReceiver, openBackchannelReceiver } from '../support/backchannelReceiver.ts'
import { type FaultPost, openFaultPost, type ResetLetter } from '../support/faultyMailServer.ts'
import { LEASE_OVER } from './outage.ts'

/** After it each person has an unused code. Seconds. */
const TWO_STEPS = 60
/** About the time of a reset, and of its email. Milliseconds. */
const MOMENTS = [25, 250] as const
/** Log lines that a killed server and unresponsive peers may cause. */
const EXCUSED = /dispatching |back-channel logout/

/** One requested reset and its answer; null: no answer. */
interface Try {
  readonly actor: Acting
  readonly target: Person
  readonly body: { readonly code: string }
  readonly key: { readonly 'idempotency-key': string }
  answer: Answer | null
}

for (const store of ['sqlite', 'redis'] as const)
  describe(`On ${store}, a server that is killed`, function () {
    this.timeout(30_000 * (1 + ROUNDS))
    let underTest: FaultFixture
    let post: FaultPost
    let receiver: BackchannelReceiver
    let admins: { readonly person: Person; readonly visitor: Visitor }[]

    before(async () => {
      ;[post, receiver] = await Promise.all([openFaultPost(), openBackchannelReceiver()])
      const app = { backchannel_logout_uri: receiver.url }
      underTest = await openFaultFixture({ store, environment: { SMTP_URL: post.url }, app })
      const newAdmin = async () => ({
        person: await underTest.person({ roles: ['admin'] }),
        visitor: underTest.visitor(),
      })
      admins = await Promise.all(Array.from({ length: 6 }, newAdmin))
    })
    after(async () => {
      await underTest.close()
      await Promise.all([post.close(), receiver.close()])
      expect(underTest.faults(EXCUSED), 'what the log holds').to.deep.equal([])
    })

    /** The administrators with new tokens; after the first sign-in by their sessions. */
    const signedInAdmins = (): Promise<Acting[]> =>
      Promise.all(
        admins.map(async ({ person, visitor }) =>
          underTest.actingWith(
            person,
            await underTest.tokens(await underTest.enter(person, underTest.askManagement(), visitor)),
          ),
        ),
      )

    const people = async (count: number): Promise<Person[]> => {
      const all = await Promise.all(Array.from({ length: count }, () => underTest.person()))
      await Promise.all(all.map((person) => underTest.idle(person)))
      return all
    }

    const lettersTo = ({ email }: Person): ResetLetter[] => post.letters.filter(({ to }) => to === email)

    async function read(actor: Acting, path: string): Promise<Body> {
      const { status, body, text } = await actor.call('GET', path)
      expect(status, text).to.equal(200)
      return body
    }
    const resetsOf = async (actor: Acting, { id }: Person): Promise<Body[]> =>
      (await read(actor, `/users/${id}/two-factor/resets`)).items

    /** One reset, one audit line, one email (also if sent twice), whose link is valid. */
    async function expectComplete(actor: Acting, target: Person, id: string): Promise<Body> {
      await underTest.idle(target)
      const [found, ...others] = await resetsOf(actor, target)
      expect(others).to.deep.equal([])
      expect(found).to.deep.include({ id, status: 'sent' })
      expect(found.mail).to.deep.include({ status: 'accepted', last_error: null })
      expect((await read(actor, `/users/${target.id}`)).two_factor.state).to.equal('reset')
      const lines = await read(actor, `/audit-events?user=${target.id}&type=two_factor.reset.started`)
      expect(lines.items, 'lines of the audit').to.have.length(1)
      const letters = lettersTo(target)
      expect(letters.some(({ accepted }) => accepted)).to.equal(true)
      expect(new Set(letters.map(({ link, messageId }) => `${messageId} ${link}`)).size, 'different emails').to.equal(1)
      const page = await underTest.visitor().get(letters[0]!.link)
      expect([page.status, page.h1]).to.deep.equal([200, 'Reset your two-factor authentication'])
      return found
    }

    /** No reset, no audit line, no email. */
    async function expectUntouched(actor: Acting, target: Person): Promise<void> {
      expect(await resetsOf(actor, target)).to.deep.equal([])
      expect((await read(actor, `/users/${target.id}`)).two_factor.state).to.equal('active')
      expect((await read(actor, `/audit-events?user=${target.id}&type=two_factor.reset.started`)).items).to.deep.equal(
        [],
      )
      expect(lettersTo(target)).to.deep.equal([])
    }

    /** An acknowledged reset; its id. */
    async function reset(actor: Acting, target: Person): Promise<string> {
      const { status, text, body } = await actor.reset(target, { code: await actor.person.code() })
      expect(status, text).to.equal(201)
      return String(body.id)
    }

    it('while two emails and a logout are in flight completes each of them once after its restart', async () => {
      const [item, two, three] = (await signedInAdmins()) as [Acting, Acting, Acting]
      const [half, ungreeted, signedIn] = (await people(3)) as [Person, Person, Person]
      const { visitor, request } = await underTest.enter(signedIn)
      await underTest.idle(signedIn)

      post.mood = 'reads'
      const first = await reset(item, half)
      await eventually(async () => expect(lettersTo(half)).to.have.length(1))
      post.mood = 'is silent'
      const second = await reset(two, ungreeted)
      await eventually(async () => expect(post.ungreeted.size).to.equal(1))
      receiver.answers = false
      const third = await reset(three, signedIn)
      await eventually(async () => expect(receiver.unanswered).to.have.length(1))
      await underTest.server.kill()
      expect(post.letters.filter(({ accepted }) => accepted)).to.deep.equal([])
      post.mood = 'takes'
      receiver.answers = true
      await underTest.server.restart()
      expect(await underTest.silently(visitor), 'an ended session is refused before it is purged').to.equal(
        'login_required',
      )
      await underTest.advance(LEASE_OVER)

      await expectComplete(item, half, first)
      await expectComplete(item, ungreeted, second)
      const { ended } = await expectComplete(item, signedIn, third)
      expect(post.letters.filter(({ accepted }) => accepted)).to.have.length(3)
      expect(receiver.logouts).to.deep.equal([{ sub: signedIn.id, sid: receiver.unanswered[0]?.sid }])
      expect(ended.clients).to.deep.equal([{ client_id: request.clientId, backchannel_logout: 'delivered' }])
      for (const kind of ['Session', 'Grant'])
        expect(await underTest.host.store.artefacts.countOfAccount(kind, signedIn.id), kind).to.equal(0)
      expect(await underTest.silently(visitor)).to.equal('login_required')
    })

    it('at any moment of a dozen resets keeps what it acknowledged; the others are complete or absent', async () => {
      const counts = { acknowledged: 0, whole: 0, undone: 0, unasked: 0, 'letters twice': 0 }
      for (let round = 0; round < ROUNDS; round++) await oneRound(counts)
      console.log(`      ${Object.entries(counts).flat().join(' ')}`)
    })

    async function oneRound(counts: Record<string, number>): Promise<void> {
      await underTest.advance(TWO_STEPS)
      const targets = await people(12)
      const actors = await signedInAdmins()
      const [looking] = actors as [Acting]
      post.thinks = () => randomInt(60)
      const tries = await crashDuring(actors, targets)
      await underTest.server.restart()

      const ids = new Map<Person, string>()
      const readBack = async ({ actor, target, body, key, answer }: Try): Promise<void> => {
        const [found, ...others] = await resetsOf(looking, target)
        expect(others).to.deep.equal([])
        if (answer) {
          expect(answer.status, answer.text).to.equal(201)
          expect(found?.id).to.equal(answer.body.id)
        } else if (!found) await expectUntouched(looking, target)
        counts[answer ? 'acknowledged' : found ? 'whole' : 'undone']! += 1
        // A request without an answer is repeated without changes.
        const again = await actor.reset(target, body, key)
        expect(again.status, again.text).to.equal(201)
        if (found) expect(again.body.id).to.equal(found.id)
        ids.set(target, String(again.body.id))
      }
      const shifts = Map.groupBy(tries, ({ actor }) => actor).values()
      await Promise.all(
        [...shifts].map(async (shift) => {
          for (const item of shift) await readBack(item)
        }),
      )
      await underTest.advance(LEASE_OVER)
      await Promise.all(
        targets.map(async (target) => {
          const id = ids.get(target)
          if (id === undefined) return expectUntouched(looking, target)
          await expectComplete(looking, target, id)
          counts['letters twice']! += lettersTo(target).length - 1
        }),
      )
      counts['unasked']! += targets.length - ids.size
    }

    /** Two resets by each administrator in sequence; the server is killed during them. */
    async function crashDuring(actors: readonly Acting[], targets: readonly Person[]): Promise<Try[]> {
      const tries: Try[] = []
      let acknowledged = 0
      const work = async (actor: Acting, mine: readonly Person[]): Promise<void> => {
        for (const target of mine) {
          const key = { 'idempotency-key': randomUUID() }
          const request: Try = { actor, target, body: { code: await actor.person.code() }, key, answer: null }
          tries.push(request)
          request.answer = await actor.reset(target, request.body, key).catch(() => null)
          if (!request.answer) return
          acknowledged += 1
        }
      }
      const enough = randomInt(targets.length - 2)
      const shifts = actors.map((actor, index) => work(actor, targets.slice(2 * index, 2 * index + 2)))
      await eventually(async () => expect(acknowledged).to.be.at.least(enough), 5000, 1)
      await pause(randomInt(MOMENTS[randomInt(2)]!))
      await underTest.server.kill()
      await Promise.all(shifts)
      return tries
    }
  })
