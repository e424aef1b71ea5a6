/** A person with a password and, after a set-up, an authenticator app and ten backup codes, who uses the pages in a browser. */
import type { Page } from 'playwright-core'
import { Authenticator, readQr } from './authenticator.ts'
import { field, follow, press, sees } from './browser.ts'
import { codesIn, createVisitor, setupKeyIn } from './client.ts'
import type { TestServer } from './server.ts'

export interface Person {
  readonly id: string
  readonly email: string
  /** null: not set up yet. */
  authenticator: Authenticator | null
  codes: readonly string[]
  /** An unused code; moves the server's clock when there is none left. */
  code(authenticator?: Authenticator): Promise<string>
  /** On the sign-in page. */
  entersPassword(page: Page): Promise<void>
  /** On the challenge. */
  entersCode(page: Page, code?: string): Promise<void>
  /** On the set-up page: reads the QR code. */
  scans(page: Page): Promise<Authenticator>
  /** On the set-up page, to the backup codes. */
  confirms(page: Page, authenticator?: Authenticator): Promise<void>
  /** On the page of backup codes, to the end. */
  savesCodes(page: Page): Promise<void>
  /** From the set-up page to the page that says it is done. */
  setsUp(page: Page): Promise<void>
  /** From the sign-in page to the page after the code. */
  signsIn(page: Page): Promise<void>
  /** Signs in at the sample application; sets up an authenticator if there is none. */
  signsInAtSample(page: Page): Promise<void>
}

export function createPerson(server: TestServer, id: string): Person {
  const person: Person = {
    id,
    email: `${id}@example.com`,
    authenticator: null,
    codes: [],
    async code(authenticator = app()) {
      // A code from the last seconds of its step could expire before it is sent.
      const left = 30 - (server.now() % 30)
      if (left < 6) await server.advance(left)
      while (!authenticator.hasNext(server.now())) await server.advance(30)
      return authenticator.next(server.now())
    },
    async entersPassword(page) {
      await sees(page, 'Sign in')
      await field(page, 'Email').fill(person.email)
      await field(page, 'Password').fill(server.password)
      await press(page, 'Sign in')
    },
    async entersCode(page, code) {
      await sees(page, 'Enter your code')
      await field(page, '6-digit code').fill(code ?? (await person.code()))
      await press(page, 'Continue')
    },
    async scans(page) {
      await sees(page, 'Set up your authenticator')
      return new Authenticator(readQr(await page.getByRole('img', { name: 'QR code', exact: true }).screenshot()))
    },
    async confirms(page, authenticator) {
      const scanned = authenticator ?? (await person.scans(page))
      await field(page, '6-digit code').fill(await person.code(scanned))
      await press(page, 'Continue')
      await sees(page, 'Save your backup codes')
      person.authenticator = scanned
      person.codes = await codesOn(page)
    },
    async savesCodes(page) {
      await sees(page, 'Save your backup codes')
      person.codes = await codesOn(page)
      await page.getByRole('checkbox', { name: 'I have saved these codes', exact: true }).check()
      await press(page, 'Continue')
      await sees(page, 'You are all set')
    },
    async setsUp(page) {
      await person.confirms(page)
      await person.savesCodes(page)
    },
    async signsIn(page) {
      await person.entersPassword(page)
      await person.entersCode(page)
    },
    async signsInAtSample(page) {
      await page.goto(`${server.sample}/sign-in`)
      if (person.authenticator) await person.signsIn(page)
      else {
        await person.entersPassword(page)
        await person.setsUp(page)
        await follow(page, 'Continue to Sample application')
      }
      await sees(page, 'Sample application')
    },
  }
  const app = (): Authenticator => {
    if (!person.authenticator) throw new Error(`${id} has set up nothing yet`)
    return person.authenticator
  }
  return person
}

/** Enrols a person by HTTP, before a journey. */
export async function enrol(server: TestServer, person: Person, request: string): Promise<void> {
  const visitor = createVisitor(server.issuer)
  const signIn = await visitor.go(request.slice(server.issuer.length))
  const setUp = await visitor.submit(signIn, { email: person.email, password: server.password })
  person.authenticator = new Authenticator(setupKeyIn(setUp.text)[0] ?? '')
  const codes = await visitor.submit(setUp, { code: await person.code() })
  person.codes = codesIn(codes.text)
  const done = await visitor.submit(codes, { saved: 'yes' })
  if (done.h1 !== 'You are all set') throw new Error(`${person.id} was not enrolled: “${done.h1}”`)
}

/** The ID token that the sample application shows, by the names of its claims. */
export async function claimsAtSample(page: Page): Promise<Record<string, string>> {
  const rows = await page.getByRole('table', { name: 'ID token' }).getByRole('row').all()
  const entries = rows.map(async (row) => {
    const [name, value] = await Promise.all([row.getByRole('rowheader').innerText(), row.getByRole('cell').innerText()])
    return [name, value] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

export const codesOn = (page: Page): Promise<string[]> => page.getByRole('listitem').allInnerTexts().then(onlyCodes)

const onlyCodes = (texts: readonly string[]): string[] =>
  texts.filter((text) => /^[\dA-Z]{4}(-[\dA-Z]{4}){3}$/.test(text))
