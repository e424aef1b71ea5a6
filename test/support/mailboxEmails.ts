/** Emails in the development mailbox. */
import { eventually } from './browser.ts'
import type { Person } from './person.ts'
import type { TestServer } from './server.ts'

export interface KeptEmail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly at: string
}

/** Newest first. */
export async function lettersTo(server: TestServer, { email }: Person): Promise<KeptEmail[]> {
  const answer = await fetch(`${server.issuer}/mailbox.json`)
  const { items } = (await answer.json()) as { items: KeptEmail[] }
  return items.filter(({ to }) => to === email)
}

/** The link on its own line in the plain text of an email; undefined: none. */
export const linkIn = (text: string): string | undefined => /^http\S+\/two-factor\/reset\/\S+$/m.exec(text)?.[0]

/** Waits for a link to a person that is not one of `known`. */
export const newestLink = (server: TestServer, person: Person, known: readonly string[] = []): Promise<string> =>
  eventually(async () => {
    const letters = await lettersTo(server, person)
    const link = letters.flatMap(({ text }) => linkIn(text) ?? [])[0]
    if (link === undefined || known.includes(link)) throw new Error(`no new link was mailed to ${person.email}`)
    return link
  })
