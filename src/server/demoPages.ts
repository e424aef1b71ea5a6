/** Pages of the demonstration: start page, mailbox, redirect to the sample application. */
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import type { Rekey, Store } from '../index.ts'
import type { Configuration } from './configuration/configuration.ts'
import { demoPeople, type DemoPerson } from './demo.ts'
import type { DevelopmentMailbox, KeptEmail } from './mailbox.ts'

interface Parts {
  readonly configuration: Configuration
  readonly rekey: Rekey
  readonly store: Store
  readonly mailbox: DevelopmentMailbox | null
  readonly demoPassword: string | null
}

/** Emails on the page, and in the answer of `/mailbox.json`. */
const [SHOWN, LISTED] = [100, 1000]

export function demoPages(parts: Parts): Middleware {
  const router = new Router()
  const { sampleOrigin } = parts.configuration
  router.get('/', (ctx) => showStart(ctx, parts))
  router.get('/sample', (ctx) => {
    ctx.redirect(`${sampleOrigin}/`)
    ctx.status = 303
  })
  if (parts.mailbox) addMailbox(router, parts, parts.mailbox)
  return router.routes() as Middleware
}

async function showStart(ctx: Context, { rekey, demoPassword, store }: Parts): Promise<void> {
  const people = await Promise.all(
    demoPeople.map(async ({ id, ...person }) => ({ ...person, factor: (await rekey.state(id))?.state ?? 'none' })),
  )
  const first = (role: DemoPerson['is']) => people.find(({ is }) => is === role) ?? { name: '', email: '' }
  rekey.render(ctx, 200, 'start', {
    hrefs: { sample: '/sample', console: '/admin', mailbox: '/mailbox', account: '/account' },
    user: first('user'),
    admin: first('admin'),
    password: demoPassword ?? '',
    people,
    store: store.description,
  })
}

function addMailbox(router: Router, { rekey }: Parts, mailbox: DevelopmentMailbox): void {
  router.get('/mailbox', async (ctx) => {
    const to = textIn(ctx, 'to')
    const all = await mailbox.list(SHOWN)
    const emails = to === null ? all : await mailbox.list(SHOWN, to)
    const shown = emails.find(({ id }) => id === textIn(ctx, 'email')) ?? emails[0] ?? null
    const isText = textIn(ctx, 'as') === 'text'
    const as = isText ? 'text' : null
    rekey.render(ctx, 200, 'mailbox', {
      startHref: '/',
      mailboxHref: '/mailbox',
      refreshHref: hrefOf({ to, as }),
      recipients: [...new Set([...all.map((email) => email.to), ...(to === null ? [] : [to])])].toSorted(),
      to,
      emails: emails.map(({ id, subject, to: address, at }) => {
        return { href: hrefOf({ to, email: id, as }), subject, to: address, at, isShown: id === shown?.id }
      }),
      shown: shown && {
        ...partsOf(shown),
        htmlHref: hrefOf({ to, email: shown.id }),
        textHref: hrefOf({ to, email: shown.id, as: 'text' }),
        frameHref: isText ? null : `/mailbox/html?${new URLSearchParams({ email: shown.id })}`,
      },
    })
    ctx.set(POLICY, `${ctx.response.get(POLICY)}; frame-src 'self'`)
  })
  router.get('/mailbox/html', async (ctx) => {
    const wanted = textIn(ctx, 'email')
    const found = (await mailbox.list(LISTED)).find(({ id }) => id === wanted)
    if (found) answerDocument(ctx, found.html)
  })
  router.get('/mailbox.json', async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    const items = (await mailbox.list(LISTED)).map(({ at, id: _, ...email }) => ({
      ...email,
      at: new Date(at * 1000).toISOString(),
    }))
    ctx.body = { items }
  })
}

const partsOf = ({ to, subject, text, at }: KeptEmail) => ({ to, subject, text, at })

function hrefOf(query: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
  return given.length === 0 ? '/mailbox' : `/mailbox?${new URLSearchParams(given)}`
}

/** A parameter of the query; null: absent, empty, or given more than once. */
function textIn(ctx: Context, name: string): string | null {
  const value = ctx.query[name]
  return typeof value === 'string' && value !== '' ? value : null
}

const POLICY = 'Content-Security-Policy'

/** Of an origin of its own, without script and forms: as in a mail program, only its links lead anywhere, and these to the whole window. */
const DOCUMENT_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src https: data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox allow-top-navigation-by-user-activation',
].join('; ')

function answerDocument(ctx: Context, html: string): void {
  ctx.set({ [POLICY]: DOCUMENT_POLICY, 'Cache-Control': 'no-store' })
  // `frame-ancestors` replaces it.
  ctx.remove('X-Frame-Options')
  ctx.type = 'html'
  ctx.body = html.replace('<head>', '<head><base target="_top">')
}
