/** A person in a browser at any host, its own pages included, on the real clock. */
import { Authenticator } from '../../support/authenticator.ts'
import { createVisitor, type Page, setupKeyIn, type Visitor, wayOn } from '../../support/client.ts'

export interface Person {
  readonly email: string
  readonly password: string
  /** Set by the set-up. */
  app?: Authenticator
}

const realTime = (): number => Math.floor(Date.now() / 1000)

const STEPS = 12

/** A password typed in the second of a reset or a set-up counts as typed before it. */
const nextSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)))

/** Answers pages until one is the wanted; throws at a page that is no known step, and where there is no end. */
export async function signIn(
  visitor: Visitor,
  person: Person,
  { from, until }: { readonly from: string; readonly until: (page: Page) => boolean },
): Promise<Page> {
  let page = await visitor.go(from)
  const headings: string[] = []
  while (!until(page)) {
    headings.push(`${page.status} ${page.path.split('?')[0]}: ${page.alert ?? page.h1 ?? page.text.slice(0, 200)}`)
    const step = isElsewhere(page) ? signInElsewhere : steps[page.h1 ?? '']
    if (!step || page.status >= 400 || headings.length > STEPS) throw new Error(headings.join('\n'))
    page = await step(visitor, page, person)
  }
  return page
}

type Step = (visitor: Visitor, page: Page, person: Person) => Promise<Page>

const continueSignIn: Step = async (visitor, page) => {
  const { pathname, search } = new URL(wayOn(page) ?? '', 'http://localhost')
  return visitor.go(pathname + search)
}

/** A redirect to another provider on this machine. */
export const isElsewhere = ({ location }: Page): boolean => /^http:\/\/localhost:\d+\/auth\?/.test(location ?? '')

/** At a provider that our host asks: its own form, and back. */
const signInElsewhere: Step = async (visitor, page, { email, password }) => {
  const there = new URL(page.location ?? '')
  const { status, location } = await signInAt(createVisitor(there.origin), there, { login: email, password })
  if (!location) throw new Error(`${status} at ${there.origin}`)
  const back = new URL(location)
  return visitor.go(back.pathname + back.search)
}

async function signInAt(visitor: Visitor, at: URL, fields: Readonly<Record<string, string>>): Promise<Page> {
  const form = await visitor.go(at.pathname + at.search)
  const [, action = ''] = /<form [^>]*action="([^"]*)"/.exec(form.text) ?? []
  await nextSecond()
  const answer = await visitor.post(new URL(action, at).pathname, { prompt: 'login', ...fields })
  const { pathname, search } = new URL(answer.location ?? '', at)
  return visitor.get(pathname + search)
}

/** By the heading of the page. */
const steps: Readonly<Record<string, Step>> = {
  'Sign in': async (visitor, page, { email, password }) => {
    await nextSecond()
    return submit(visitor, page, { email, password })
  },
  'Allow access': async (visitor, page) => submit(visitor, page, {}),
  'Protect your account': async (visitor, page) => submit(visitor, page, {}),
  'Reset your two-factor authentication': async (visitor, page) => submit(visitor, page, {}),
  'Set up your authenticator': async (visitor, page, person) => {
    person.app = new Authenticator(setupKeyIn(page.text)[0] ?? '')
    return submit(visitor, page, { code: person.app.next(realTime()) })
  },
  'Enter your code': async (visitor, page, { app }) => submit(visitor, page, { code: app?.next(realTime()) ?? '' }),
  'Save your backup codes': async (visitor, page) => submit(visitor, page, { saved: 'yes' }),
  'You are all set': continueSignIn,
  'Signing you in': continueSignIn,
}

/** Forms of a host's own page have no token of ours. */
async function submit(visitor: Visitor, page: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
  if (page.form) return visitor.submit(page, fields)
  const [, action] = /<form method="post"(?: action="([^"]*)")?/.exec(page.text) ?? []
  const answer = await visitor.post(action ?? page.path, fields)
  return answer.location ? visitor.go(answer.location.replace(/^https?:\/\/[^/]+/, '')) : answer
}
