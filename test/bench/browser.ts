/** A browser that is as cheap as possible, since it shares the processors with the servers it measures. */
import { Agent, request as send } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { createVisitor } from '../support/client.ts'

export interface Page {
  readonly path: string
  readonly status: number
  readonly text: string
  readonly location: string | null
}

export interface Browser {
  get(path: string): Promise<Page>
  /** Sends the first form of the page with these fields. */
  send(page: Page, fields: Readonly<Record<string, string>>): Promise<Page>
}

const agent = new Agent({ keepAlive: true })
/** Of all browsers and clients. */
export const counted = { requests: 0 }

interface Sent {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export async function answerOf(url: string, { method, headers, body }: Sent): Promise<Omit<Page, 'path'>> {
  counted.requests += 1
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const sent = send(url.replace('localhost', '127.0.0.1'), {
      agent,
      method,
      headers: { host: new URL(url).host, ...headers, ...length },
    })
    sent.on('error', reject)
    sent.on('response', (answer) => {
      const { statusCode: status = 0, headers: received } = answer
      textOf(answer).then(
        (text) => resolve({ status, text, location: received.location ?? null, ...cookiesOf(received['set-cookie']) }),
        reject,
      )
    })
    sent.end(body)
  })
}

interface WithCookies {
  readonly cookies?: readonly string[]
}
const cookiesOf = (cookies: string[] | undefined): WithCookies => (cookies ? { cookies } : {})

const plain = (text: string): string => text.replaceAll('&amp;', '&')

/** @param address where it is, by the header of a proxy */
export function openBrowser(issuer: string, address: string): Browser {
  const { jar } = createVisitor(issuer)
  async function request(method: string, path: string, body?: string): Promise<Page> {
    const cookie = jar.header(path)
    const headers = {
      accept: 'text/html',
      'x-forwarded-for': address,
      ...(cookie && { cookie }),
      ...(body !== undefined && { origin: issuer, 'content-type': 'application/x-www-form-urlencoded' }),
    }
    const answer = await answerOf(issuer + path, { method, headers, ...(body !== undefined && { body }) })
    jar.take((answer as WithCookies).cookies ?? [], path)
    return { ...answer, path }
  }
  return {
    get: (path) => request('GET', path),
    async send(page, fields) {
      const [, action] = /<form method="post" action="([^"]*)"/.exec(page.text) ?? []
      if (action === undefined) throw new Error(`no form at ${page.path} (${page.status}): ${page.text.slice(0, 300)}`)
      const [, token] = /name="form_token" value="([^"]*)"/.exec(page.text) ?? []
      const body = new URLSearchParams({ ...(token !== undefined && { form_token: token }), ...fields })
      return request('POST', plain(action), body.toString())
    },
  }
}

/** Where a page leads by itself: a redirect, or its only link that looks like a button. */
export function wayOn({ location, text }: Page): string | null {
  const found = location ?? /<a class="btn" href="([^"]*)"/.exec(text)?.[1]
  return found === undefined || found === null ? null : plain(found)
}
