/**
 * An HTTP client for attackers: cookies by path, no automatic redirects, forms read from the page and submitted with any fields and
 * headers. It registers every secret that it sees or sends in `secrets`.
 */
import { isSecret } from './secrets.ts'

export type Fields = Readonly<Record<string, string | readonly string[]>>
export type Extra = Readonly<Record<string, string>>

export interface Page {
  readonly visitor: Visitor
  /** Path below the issuer. */
  readonly path: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly location: string | null
  readonly h1: string | null
  /** The text of its alert. */
  readonly alert: string | null
  /** The form with a one-time token; null: none. */
  readonly form: Form | null
}

export interface Form {
  readonly action: string
  readonly token: string
}

export interface Visitor {
  /** The cookies, to read and to set. */
  readonly jar: Jar
  /** One request and its answer. */
  get(path: string, headers?: Extra): Promise<Page>
  post(path: string, fields: Fields | string, headers?: Extra): Promise<Page>
  /** As `get`, and follows redirects within the issuer. */
  go(path: string, headers?: Extra): Promise<Page>
  /** Submits the form of a page, without following a redirect. */
  send(page: Page, fields: Fields, headers?: Extra): Promise<Page>
  /** Submits the form of a page and follows redirects. */
  submit(page: Page, fields: Fields, headers?: Extra): Promise<Page>
  /** A client with a copy of all cookies. */
  stolen(): Visitor
}

const realClock = (): number => Date.now() / 1000

/**
 * @param now its clock, by which cookies expire. Epoch seconds
 * @param proxied origin of the server behind a proxy that ends TLS; null: there is none
 */
export function createVisitor(
  issuer: string,
  now: () => number = realClock,
  jar: Jar = createJar(now),
  proxied: string | null = null,
): Visitor {
  const { host, protocol } = new URL(issuer)
  const byProxy = { 'x-forwarded-proto': protocol.slice(0, -1), 'x-forwarded-host': host }
  async function request(method: string, path: string, headers: Extra, body?: string): Promise<Page> {
    const cookie = jar.header(path)
    const answer = await fetch(`${proxied ?? issuer}${path}`, {
      method,
      redirect: 'manual',
      headers: { accept: 'text/html', ...(cookie && { cookie }), ...(proxied && byProxy), ...headers },
      ...(body !== undefined && { body }),
    })
    jar.take(answer.headers.getSetCookie(), path)
    const text = await answer.text()
    return read({ visitor, path, status: answer.status, headers: answer.headers, text })
  }

  async function follow(page: Page): Promise<Page> {
    const target = page.location
    if (target === null || page.status < 300 || page.status > 399) return page
    const url = new URL(target, `${issuer}${page.path}`)
    return url.origin === issuer ? follow(await visitor.get(url.pathname + url.search)) : page
  }

  const visitor: Visitor = {
    jar,
    get: async (path, headers = {}) => request('GET', path, headers),
    async post(path, fields, headers = {}) {
      const body = typeof fields === 'string' ? fields : encoded(fields)
      return request('POST', path, { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body)
    },
    go: async (path, headers = {}) => follow(await visitor.get(path, headers)),
    async send(page, fields, headers = {}) {
      const { form } = page
      if (!form) throw new Error(`no form on “${page.h1}” (${page.status}) at ${page.path}`)
      isSecret('password', ...[fields['password'] ?? []].flat())
      isSecret('code', ...[fields['code'] ?? []].flat().filter((code) => /^\d{6}$/.test(code)))
      return visitor.post(form.action, { form_token: form.token, ...fields }, { origin: issuer, ...headers })
    },
    submit: async (page, fields, headers = {}) => follow(await visitor.send(page, fields, headers)),
    stolen: () => createVisitor(issuer, now, createJar(now, jar), proxied),
  }
  return visitor
}

function encoded(fields: Fields): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) for (const item of [value].flat()) parameters.append(name, item)
  return parameters.toString()
}

function read(answer: Pick<Page, 'visitor' | 'path' | 'status' | 'headers' | 'text'>): Page {
  const { text, headers } = answer
  isSecret('setup key', ...setupKeyIn(text))
  isSecret('backup code', ...codesIn(text))
  const markup = (pattern: RegExp): string | null => {
    const found = pattern.exec(text)?.[1]
    return found === undefined ? null : plain(found)
  }
  const action = markup(/<form method="post" action="([^"]*)"/)
  const token = markup(/name="form_token" value="([^"]*)"/)
  return {
    ...answer,
    location: headers.get('location'),
    h1: markup(/<h1[^>]*>([\s\S]*?)<\/h1>/),
    alert: markup(/role="alert"[^>]*>([\s\S]*?)<\/div>/),
    form: action !== null && token !== null ? { action, token } : null,
  }
}

/** The page with another of its forms as the first. */
export function withForm(page: Page, action: RegExp): Page {
  const forms = page.text.matchAll(
    /<form method="post" action="([^"]*)"[^>]*>\s*<input[^>]*name="form_token" value="([^"]*)"/g,
  )
  const found = [...forms].map(([, to = '', token = '']) => ({ action: plain(to), token }))
  const form = found.find((item) => action.test(item.action))
  if (!form) throw new Error(`no form for ${action} on “${page.h1}” (${page.status})`)
  return { ...page, form }
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#34;': '"',
  '&#39;': "'",
}

/** The visible text of markup. */
const plain = (markup: string): string =>
  markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(amp|lt|gt|#34|#39);/g, (entity) => entities[entity] ?? entity)
    .trim()

/** The setup key of a set-up page; empty on other pages. */
export const setupKeyIn = (text: string): string[] =>
  [...text.matchAll(/<output[^>]*id="key"[^>]*>([^<]*)</g)].map(([, key = '']) => key.replaceAll(' ', ''))

/** The backup codes a page shows. */
export const codesIn = (text: string): string[] =>
  [...text.matchAll(/<li>([\dA-Z]{4}(?:-[\dA-Z]{4}){3})<\/li>/g)].map(([, code = '']) => code)

/** The address to which a page continues by itself, or by its only button. */
export const wayOn = (page: Page): string | null => {
  const found = /<a class="btn" href="([^"]*)"/.exec(page.text)?.[1]
  return found === undefined ? null : plain(found)
}

export interface Jar {
  header(path: string): string
  take(cookies: readonly string[], path: string): void
  names(): string[]
  /** The value of a cookie, whatever its path. */
  value(name: string): string | undefined
  all(): readonly Cookie[]
  put(cookie: Cookie): void
  drop(name: string): void
}

export interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

/** @see RFC 6265 §5.1.4 (paths), §5.3 (storage) */
function createJar(now: () => number, from?: Jar): Jar {
  const kept = new Map<string, Cookie>()
  const jar: Jar = {
    header: (path) =>
      [...kept.values()]
        .filter((cookie) => covers(cookie.path, path.split('?')[0] ?? '/'))
        .toSorted((a, b) => b.path.length - a.path.length)
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    take(cookies, path) {
      for (const text of cookies) {
        const [pair = '', ...attributes] = text.split(/; */)
        const attribute = (name: string): string | undefined =>
          attributes.find((item) => item.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
        const [name = '', ...value] = pair.split('=')
        const expires = attribute('expires')
        const cookie = { name, value: value.join('='), path: attribute('path') ?? path.replace(/\/[^/]*$/, '') }
        if (expires !== undefined && Date.parse(expires) / 1000 <= now()) kept.delete(`${name} ${cookie.path}`)
        else jar.put(cookie)
      }
    },
    names: () => [...new Set([...kept.values()].map(({ name }) => name))],
    value: (name) => [...kept.values()].find((cookie) => cookie.name === name)?.value,
    all: () => [...kept.values()],
    put(cookie) {
      kept.set(`${cookie.name} ${cookie.path}`, cookie)
    },
    drop(name) {
      for (const [key, cookie] of kept) if (cookie.name === name) kept.delete(key)
    },
  }
  for (const cookie of from?.all() ?? []) jar.put(cookie)
  return jar
}

const covers = (cookie: string, path: string): boolean =>
  path === cookie || path.startsWith(cookie.endsWith('/') ? cookie : `${cookie}/`)
