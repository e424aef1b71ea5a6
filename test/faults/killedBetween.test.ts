/** kill -9 between a reset and what it owes: nothing acknowledged is lost, nothing is done by halves, nothing is told twice. */
import { expect } from 'chai'
import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Acting } from '../support/attackDesk.ts'
import type { Answer, Body } from '../support/attackParties.ts'
import type { Person } from '../support/attackPeople.ts'
import type { Visitor } from '../support/client.ts'
import { eventually, type FaultGround, openFaultGround, ROUNDS } from '../support/faultGround.ts'
import { type FaultParty, openFaultParty } from '../support/faultParty.ts'
import { type FaultPost, openFaultPost, type ResetLetter } from '../support/faultPost.ts'

/** Longer than what is owed is left to the process that swapped it. Seconds. */
const LEASE_OVER = 21
/** New codes for everybody. Seconds. */
const TWO_STEPS = 60
/** About as long as a reset takes, and its letter. Milliseconds. */
const MOMENTS = [25, 250] as const
/** What a dying house and hanging neighbours may leave in the log. */
const EXCUSED = /settling |back-channel logout/

/** One reset that was asked for, and the answer; null: there was none. */
interface Try {
  readonly actor: Acting
  readonly target: Person
  readonly body: { readonly code: string }
  readonly key: { readonly 'idempotency-key': string }
  answer: Answer | null
}

for (const store of ['sqlite', 'redis'] as const)
  describe(`On ${store}, a server that is killed with -9`, function () {
    this.timeout(30_000 * (1 + ROUNDS))
    let ground: FaultGround
    let post: FaultPost
    let party: FaultParty
    let admins: { readonly person: Person; readonly visitor: Visitor }[]

    before(async () => {
      ;[post, party] = await Promise.all([openFaultPost(), openFaultParty()])
      const app = { backchannel_logout_uri: party.url }
      ground = await openFaultGround({ store, environment: { SMTP_URL: post.url }, app })
      const newAdmin = async () => ({ person: await ground.person({ roles: ['admin'] }), visitor: ground.visitor() })
      admins = await Promise.all(Array.from({ length: 6 }, newAdmin))
    })
    after(async () => {
      await ground.close()
      await Promise.all([post.close(), party.close()])
      expect(ground.faults(EXCUSED), 'what the log holds').to.deep.equal([])
    })

    /** The administrators, each with a token of now; the first time they sign in, later their sessions do. */
    const onDuty = (): Promise<Acting[]> =>
      Promise.all(
        admins.map(async ({ person, visitor }) =>
          ground.actingWith(person, await ground.tokens(await ground.enter(person, ground.askManagement(), visitor))),
        ),
      )

    const people = async (count: number): Promise<Person[]> => {
      const all = await Promise.all(Array.from({ length: count }, () => ground.person()))
      await Promise.all(all.map((person) => ground.settled(person)))
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

    /** Whole: one reset, one line in the audit, one letter however often it came, whose link opens. */
    async function isWhole(actor: Acting, target: Person, id: string): Promise<Body> {
      await ground.settled(target)
      const [found, ...others] = await resetsOf(actor, target)
      expect(others).to.deep.equal([])
      expect(found).to.deep.include({ id, status: 'sent' })
      expect(found.mail).to.deep.include({ status: 'accepted', last_error: null })
      expect((await read(actor, `/users/${target.id}`)).two_factor.state).to.equal('reset')
      const lines = await read(actor, `/audit-events?user=${target.id}&type=two_factor.reset.started`)
      expect(lines.items, 'lines of the audit').to.have.length(1)
      const letters = lettersTo(target)
      expect(letters.some(({ accepted }) => accepted)).to.equal(true)
      expect(new Set(letters.map(({ link, messageId }) => `${messageId} ${link}`)).size, 'different letters').to.equal(
        1,
      )
      const page = await ground.visitor().get(letters[0]!.link)
      expect([page.status, page.h1]).to.deep.equal([200, 'Reset your two-factor authentication'])
      return found
    }

    /** Nothing: as if nobody had asked. */
    async function isUntouched(actor: Acting, target: Person): Promise<void> {
      expect(await resetsOf(actor, target)).to.deep.equal([])
      expect((await read(actor, `/users/${target.id}`)).two_factor.state).to.equal('active')
      expect((await read(actor, `/audit-events?user=${target.id}&type=two_factor.reset.started`)).items).to.deep.equal(
        [],
      )
      expect(lettersTo(target)).to.deep.equal([])
    }

    /** Starts one, which is acknowledged. */
    async function reset(actor: Acting, target: Person): Promise<string> {
      const { status, text, body } = await actor.reset(target, { code: await actor.person.code() })
      expect(status, text).to.equal(201)
      return String(body.id)
    }

    it('while two letters and a logout are on their way settles each of them once, when it runs again', async () => {
      const [one, two, three] = (await onDuty()) as [Acting, Acting, Acting]
      const [half, ungreeted, signedIn] = (await people(3)) as [Person, Person, Person]
      const { visitor, asked } = await ground.enter(signedIn)
      await ground.settled(signedIn)

      post.mood = 'reads'
      const first = await reset(one, half)
      await eventually(async () => expect(lettersTo(half)).to.have.length(1))
      post.mood = 'is silent'
      const second = await reset(two, ungreeted)
      await eventually(async () => expect(post.ungreeted.size).to.equal(1))
      party.answers = false
      const third = await reset(three, signedIn)
      await eventually(async () => expect(party.unanswered).to.have.length(1))
      await ground.server.kill()
      expect(post.letters.filter(({ accepted }) => accepted)).to.deep.equal([])
      post.mood = 'takes'
      party.answers = true
      await ground.server.restart()
      expect(await ground.silently(visitor), 'a dead session is dead before it is purged').to.equal('login_required')
      await ground.advance(LEASE_OVER)

      await isWhole(one, half, first)
      await isWhole(one, ungreeted, second)
      const { ended } = await isWhole(one, signedIn, third)
      expect(post.letters.filter(({ accepted }) => accepted)).to.have.length(3)
      expect(party.logouts).to.deep.equal([{ sub: signedIn.id, sid: party.unanswered[0]?.sid }])
      expect(ended.clients).to.deep.equal([{ client_id: asked.clientId, backchannel_logout: 'delivered' }])
      for (const kind of ['Session', 'Grant'])
        expect(await ground.house.store.artefacts.countOfAccount(kind, signedIn.id), kind).to.equal(0)
      expect(await ground.silently(visitor)).to.equal('login_required')
    })

    it('at any moment of a dozen resets keeps what it acknowledged, and leaves the rest whole or undone', async () => {
      const told = { acknowledged: 0, whole: 0, undone: 0, unasked: 0, 'letters twice': 0 }
      for (let round = 0; round < ROUNDS; round++) await oneRound(told)
      console.log(`      ${Object.entries(told).flat().join(' ')}`)
    })

    async function oneRound(told: Record<string, number>): Promise<void> {
      await ground.advance(TWO_STEPS)
      const targets = await people(12)
      const actors = await onDuty()
      const [looking] = actors as [Acting]
      post.thinks = () => randomInt(60)
      const tries = await killedAmong(actors, targets)
      await ground.server.restart()

      const ids = new Map<Person, string>()
      const lookBack = async ({ actor, target, body, key, answer }: Try): Promise<void> => {
        const [found, ...others] = await resetsOf(looking, target)
        expect(others).to.deep.equal([])
        if (answer) {
          expect(answer.status, answer.text).to.equal(201)
          expect(found?.id).to.equal(answer.body.id)
        } else if (!found) await isUntouched(looking, target)
        told[answer ? 'acknowledged' : found ? 'whole' : 'undone']! += 1
        // What was not answered is asked again, word for word.
        const again = await actor.reset(target, body, key)
        expect(again.status, again.text).to.equal(201)
        if (found) expect(again.body.id).to.equal(found.id)
        ids.set(target, String(again.body.id))
      }
      const shifts = Map.groupBy(tries, ({ actor }) => actor).values()
      await Promise.all(
        [...shifts].map(async (shift) => {
          for (const one of shift) await lookBack(one)
        }),
      )
      await ground.advance(LEASE_OVER)
      await Promise.all(
        targets.map(async (target) => {
          const id = ids.get(target)
          if (id === undefined) return isUntouched(looking, target)
          await isWhole(looking, target, id)
          told['letters twice']! += lettersTo(target).length - 1
        }),
      )
      told['unasked']! += targets.length - ids.size
    }

    /** Two resets by each, one after the other, and the server killed at a moment of them. */
    async function killedAmong(actors: readonly Acting[], targets: readonly Person[]): Promise<Try[]> {
      const tries: Try[] = []
      let acknowledged = 0
      const work = async (actor: Acting, mine: readonly Person[]): Promise<void> => {
        for (const target of mine) {
          const key = { 'idempotency-key': randomUUID() }
          const asked: Try = { actor, target, body: { code: await actor.person.code() }, key, answer: null }
          tries.push(asked)
          asked.answer = await actor.reset(target, asked.body, key).catch(() => null)
          if (!asked.answer) return
          acknowledged += 1
        }
      }
      const enough = randomInt(targets.length - 2)
      const shifts = actors.map((actor, index) => work(actor, targets.slice(2 * index, 2 * index + 2)))
      await eventually(async () => expect(acknowledged).to.be.at.least(enough), 5000, 1)
      await pause(randomInt(MOMENTS[randomInt(2)]!))
      await ground.server.kill()
      await Promise.all(shifts)
      return tries
    }
  })
