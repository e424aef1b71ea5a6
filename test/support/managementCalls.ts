/** Calls of the management API, resets and their emails, and the counts of effects afterwards. */
import type { ServiceUnderTest } from './serverFixture.ts'
import type { createPeople, Person } from './people.ts'
import { type Answer, answerOf, type Body, type RelyingParties, type Tokens } from './relyingParties.ts'
import type { Entered, SignIns } from './signIns.ts'
import type { Extra, Page } from './client.ts'
import { mustBeDocumented } from './document.ts'
import { isSecret } from './secrets.ts'
import { storedAccount } from './storedAccount.ts'

export interface Acting {
  readonly person: Person
  readonly token: string
  call(method: string, path: string, body?: unknown, headers?: Extra): Promise<Answer>
  reset(target: Pick<Person, 'id'>, body?: unknown, headers?: Extra): Promise<Answer>
}

export interface Email {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** The development mailbox, read from the store because it is long here. */
export const mailboxOf =
  ({ store }: ServiceUnderTest['host']) =>
  async (email: string): Promise<Email[]> => {
    const kept = await store.journal('mailbox').list({ tags: [`to:${email}`], limit: 1000 })
    return kept.map(({ text }) => JSON.parse(text) as Email)
  }

/** The path of the link in an email; empty without a link. */
export const linkIn = ({ text }: Email): string[] => {
  const found = /^http\S+?(\/(?:two-factor\/reset|invitation|password)\/\S+)$/m.exec(text)?.[1]
  return found === undefined ? [] : [found]
}

const aboutSignIns: ReadonlySet<string> = new Set(['sign_in.done', 'sign_in.refused', 'password.refused', 'signed_out'])

export interface Counted {
  readonly user: Body
  readonly state: string
  readonly sessions: number
  readonly grants: number
  readonly codes: number
  readonly events: readonly Body[]
  /** The number of audit lines of a type about this person. */
  audit(type: string): number
  letters(subject: RegExp): number
}

/** How long a token for the management API is reused; it expires after 300 s. Seconds. */
const TRUSTED_SECONDS = 240

export function createManagementCalls(
  { host, server, eventually, visitor, mailed }: ServiceUnderTest,
  { person: newPerson }: ReturnType<typeof createPeople>,
  { resource, askManagement, tokens }: RelyingParties,
  { enter }: SignIns,
) {
  const services = {
    /** A call whose answer must match the document. A body that is text is sent unchanged. */
    async call(method: string, path: string, body?: unknown, headers: Extra = {}): Promise<Answer> {
      const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
      const type = sent === undefined ? {} : { 'content-type': 'application/json' }
      const request = { method, headers: { ...type, ...headers }, ...(sent !== undefined && { body: sent }) }
      const answer = await answerOf(await fetch(`${resource}${path}`, request))
      await mustBeDocumented(resource, method, path, answer)
      return answer
    },

    actingWith(person: Person, { access_token: token }: Pick<Tokens, 'access_token'>): Acting {
      const call: Acting['call'] = (method, path, body, headers) =>
        services.call(method, path, body, { authorization: `Bearer ${token}`, ...headers })
      return {
        person,
        token,
        call,
        reset: (target, body = {}, headers = {}) =>
          call('POST', `/users/${target.id}/two-factor/resets`, body, headers),
      }
    },

    /** An acting person, with a token from a code flow. */
    acting: async (person: Person): Promise<Acting> =>
      services.actingWith(person, await tokens(await enter(person, askManagement()))),

    /** An administrator who has just signed in. */
    admin: async (): Promise<Acting> => services.acting(await newPerson({ roles: ['admin'] })),

    /** Resets a person, by default as a new administrator; returns the id and the path of the mailed link. */
    async reset(target: Person, by?: Acting): Promise<{ readonly id: string; readonly link: string }> {
      const actor = by ?? (await services.admin())
      const before = await services.links(target)
      const { status, text, body } = await actor.reset(target, { code: await actor.person.code() })
      if (status !== 201) throw new Error(`not reset: ${status} ${text}`)
      return { id: String(body.id), link: await services.newLink(target, before) }
    },

    /** Invites a pending person, by default as a new administrator; returns the path of the mailed link. */
    async invite(target: Pick<Person, 'id' | 'email'>, by?: Acting): Promise<string> {
      const actor = by ?? (await services.admin())
      const before = await services.links(target)
      const { status, text } = await actor.call('POST', `/users/${target.id}/invitation`)
      if (status !== 202) throw new Error(`not invited: ${status} ${text}`)
      return services.newLink(target, before)
    },

    /** Requests a password link; returns the path of the mailed link. */
    async forget(target: Pick<Person, 'email'>): Promise<string> {
      const before = await services.links(target)
      await services.askForPassword(target.email)
      return services.newLink(target, before)
    },

    /** The answer to the request of a password link. */
    async askForPassword(email: string): Promise<Page> {
      const page = await visitor().get('/password')
      return page.visitor.submit(page, { email })
    },

    /** Emails to a person, newest first. */
    letters: ({ email }: Pick<Person, 'email'>): Promise<readonly Email[]> => mailed(email),

    /** Paths of the links mailed to a person, newest first. */
    async links(target: Pick<Person, 'email'>): Promise<string[]> {
      const found = (await services.letters(target)).flatMap(linkIn)
      isSecret('link', ...found.flatMap((link) => link.split('.')[1] ?? []))
      return found
    },

    newLink: (target: Pick<Person, 'email'>, known: readonly string[]): Promise<string> =>
      eventually(async () => {
        const link = (await services.links(target)).find((item) => !known.includes(item))
        if (!link) throw new Error(`no new link for ${target.email}`)
        return link
      }),

    /** Waits until the outbox of this person is empty. */
    idle: ({ id }: Person): Promise<void> =>
      eventually(async () => {
        const outbox = (await storedAccount(host, id))?.outbox ?? []
        if (outbox.length > 0) throw new Error(`${id} still has outbox entries: ${outbox.map(({ is }) => is).join()}`)
      }),

    /** The visible effects, counted when the outbox is empty. */
    async count(target: Person): Promise<Counted> {
      await services.idle(target)
      const watch = await watching()
      const read = async (path: string): Promise<Body> => {
        const { status, body, text } = await watch.call('GET', path)
        if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
        return body
      }
      const [user, preview, audit, letters] = await Promise.all([
        read(`/users/${target.id}`),
        read(`/users/${target.id}/two-factor/reset-preview`),
        read(`/audit-events?user=${target.id}&limit=200`),
        services.letters(target),
      ])
      // Lines about sign-ins are written later, so they are left out.
      const events = (audit.items as { type: string }[]).filter(({ type }) => !aboutSignIns.has(type))
      return {
        user,
        events,
        state: user.two_factor.state,
        sessions: preview.sessions,
        grants: preview.grants,
        codes: preview.backup_codes,
        audit: (type) => events.filter((event) => event.type === type).length,
        letters: (subject) => letters.filter((letter) => subject.test(letter.subject)).length,
      }
    },
  }

  let watcher: { readonly acting: Acting; readonly entered: Entered; readonly until: number } | undefined
  /** An administrator who only reads. */
  async function watching(): Promise<Acting> {
    if (!watcher || server.now() >= watcher.until) {
      const person = watcher?.acting.person ?? (await newPerson({ roles: ['admin'] }))
      const entered = await enter(person, askManagement(), watcher?.entered.visitor)
      const acting = services.actingWith(person, await tokens(entered))
      watcher = { acting, entered, until: server.now() + TRUSTED_SECONDS }
    }
    return watcher.acting
  }

  return services
}
