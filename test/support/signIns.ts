/** A sign-in page by page, for attacks. */
import type { ServiceUnderTest } from './serverFixture.ts'
import { linkIn } from './managementCalls.ts'
import type { Person } from './people.ts'
import type { AuthorizationRequest, RelyingParties } from './relyingParties.ts'
import { Authenticator } from './authenticator.ts'
import { codesIn, type Page, setupKeyIn, type Visitor, wayOn } from './client.ts'

/** A completed sign-in. */
export interface Entered {
  readonly visitor: Visitor
  readonly request: AuthorizationRequest
  readonly code: string
}

export const uidOf = ({ path }: Page): string => /^\/sign-in\/([\w-]+)/.exec(path)?.[1] ?? ''

export function createSignIns(underTest: ServiceUnderTest, { ask, answerAt, codeAt }: RelyingParties) {
  const signIns = {
    /** The first page. */
    begin: (request: AuthorizationRequest = ask(), visitor: Visitor = underTest.visitor()): Promise<Page> =>
      visitor.go(request.path),

    /** From the sign-in page to the page after the password. */
    enterPassword: (page: Page, { email, password }: Pick<Person, 'email' | 'password'>): Promise<Page> =>
      page.visitor.submit(page, { email, password }),

    /** The challenge; the set-up page of a person without an authenticator. */
    challenge: async (person: Person, request?: AuthorizationRequest, visitor?: Visitor): Promise<Page> =>
      signIns.enterPassword(await signIns.begin(request, visitor), person),

    /** The page that asks for a backup code. */
    async backup(person: Person): Promise<Page> {
      const page = await signIns.challenge(person)
      return page.visitor.get(page.path.replace(/code$/, 'backup-code'))
    },

    /** From the page of backup codes to the page after it. */
    async saveCodes(person: Person, page: Page): Promise<Page> {
      person.codes = codesIn(page.text)
      return page.visitor.submit(page, { saved: 'yes' })
    },

    /** The authenticator of a set-up page. */
    appOf(page: Page): Authenticator {
      const [secret] = setupKeyIn(page.text)
      if (!secret) throw new Error(`no setup key on “${page.h1}” (${page.status})`)
      return new Authenticator(secret)
    },

    /** From the set-up page to the page of backup codes. */
    async confirm(person: Person, page: Page): Promise<Page> {
      person.authenticator = signIns.appOf(page)
      return page.visitor.submit(page, { code: await person.code() })
    },

    /** From the set-up page to the page that says it is done. */
    setUp: async (person: Person, page: Page): Promise<Page> =>
      signIns.saveCodes(person, await signIns.confirm(person, page)),

    /** From a finished page to the next one: the relying party, or another page of ours. */
    async resume(page: Page): Promise<Page> {
      const target = page.status >= 400 ? null : wayOn(page)
      if (target === null) throw new Error(`“${page.h1}” (${page.status}) leads nowhere: ${page.alert ?? ''}`)
      return page.visitor.go(new URL(target, underTest.issuer).pathname)
    },

    /** The page after **Continue** on the newest link mailed to a person. */
    async openLink({ email }: Pick<Person, 'email'>, visitor: Visitor): Promise<Page> {
      const link = await underTest.eventually(async () => {
        const [newest] = (await underTest.mailed(email)).flatMap(linkIn)
        if (newest === undefined) throw new Error(`no link for ${email}`)
        return newest
      })
      return visitor.submit(await visitor.get(link), {})
    },

    /** Enters what the page asks for, as its owner. */
    async continueSignIn(person: Person, page: Page): Promise<Page> {
      switch (page.h1 ?? '') {
        case 'Sign in':
          return signIns.enterPassword(page, person)
        case 'Enter your code':
          return page.visitor.submit(page, { code: await person.code() })
        case 'Protect your account':
        case 'Replace authenticator':
          return page.visitor.submit(page, {})
        case 'Set up your authenticator':
          return signIns.confirm(person, page)
        case 'Save your backup codes':
          return signIns.saveCodes(person, page)
        case 'Check your email':
          // In the same browser, as the page demands.
          await signIns.openLink(person, page.visitor)
          return page.visitor.submit(page, {})
        case 'Enter your password':
          return page.visitor.submit(page, { password: person.password })
        case 'Allow access':
          return page.visitor.submit(page, { decision: 'allow' })
        default:
          return signIns.resume(page)
      }
    },

    /** Signs in, with set-up and backup codes if required, and returns the authorization code. */
    async enter(
      person: Person,
      request: AuthorizationRequest = ask(),
      visitor: Visitor = underTest.visitor(),
    ): Promise<Entered> {
      let page = await signIns.begin(request, visitor)
      for (let step = 0; step < 12 && !answerAt(page); step++) page = await signIns.continueSignIn(person, page)
      return { visitor, request, code: codeAt(page) }
    },

    /** Signs in at the own account, in a new or a given browser. */
    enterAccount: (person: Person, visitor?: Visitor): Promise<Page> =>
      signIns.enterApp(person, '/account', 'Your security', visitor),

    /** A page of a first-party app, with a sign-in before it. */
    async enterApp(person: Person, path: string, h1: string, visitor: Visitor = underTest.visitor()): Promise<Page> {
      let page = await visitor.go(path)
      for (let step = 0; step < 8 && page.h1 !== h1; step++) page = await signIns.continueSignIn(person, page)
      if (page.h1 !== h1) throw new Error(`not at “${h1}” but at “${page.h1}” (${page.status})`)
      return page
    },

    /** The answer to a request with `prompt=none` and these cookies: `code`, or the error. */
    async silently(visitor: Visitor, request: AuthorizationRequest = ask('app', { prompt: 'none' })): Promise<string> {
      const answer = answerAt(await visitor.get(request.path))
      return answer?.get('error') ?? (answer?.has('code') ? 'code' : 'no answer')
    },
  }
  return signIns
}
export type SignIns = ReturnType<typeof createSignIns>
