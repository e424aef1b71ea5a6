/** Judges a service by its public address, as a browser sees it. */
import type { Finding } from '../errors.ts'
import { createOutgoing } from '../outgoing/outgoing.ts'
import { type Check, findingsOf, messageOf, type Trouble } from './check.ts'
import { clockTroubles } from './store.ts'

export interface Outside {
  readonly issuer: string
  /** Epoch seconds. */
  readonly now: () => number
}

/** Longest wait for an answer. Milliseconds. */
const ANSWER_MS = 10_000

/** The operator typed the address: any network is allowed. */
const outgoing = createOutgoing({ allow: 'any', timeoutSeconds: 10 })
const ask = (url: string, more: RequestInit = {}): Promise<Response> =>
  outgoing(url, { signal: AbortSignal.timeout(ANSWER_MS), ...more })

/** Of a sign-in that does not exist: any mount of this package has the page, and it changes nothing. */
const PAGE = '/sign-in/rekey-doctor'
const OURS = "frame-ancestors 'none'"

const outside: Check<Outside> = {
  severity: 'fatal',
  mend: 'Mount rekey.routes() or rekey.callback() before what answers every address or reads bodies',
  async run({ issuer }) {
    const [page, form, account] = await Promise.all([
      ask(issuer + PAGE),
      ask(issuer + PAGE, { method: 'POST', body: new URLSearchParams({ form_token: 'rekey-doctor' }) }),
      ask(`${issuer}/account`),
    ])
    const [first] = [...troublesOfPage(page), ...troublesOfForm(form), ...troublesOfCookies(issuer, account)]
    // Those after the first follow from it.
    return first ? [first] : []
  },
}

const policyOf = (answer: Response): string => answer.headers.get('content-security-policy') ?? ''

function troublesOfPage(page: Response): Trouble[] {
  const isOurs = page.status === 400 && page.headers.get('content-language') !== null
  if (!isOurs) return [{ found: `${PAGE} is answered with ${page.status} by something other than oidc-rekey` }]
  const missing = [
    ...(policyOf(page).includes(OURS) ? [] : ['Content-Security-Policy']),
    ...(page.headers.get('cache-control')?.includes('no-store') ? [] : ['Cache-Control: no-store']),
  ]
  const mend = 'Let nothing in front of oidc-rekey remove or replace headers of its pages'
  return missing.length > 0 ? [{ found: `our pages arrive without ${missing.join(' and ')}`, mend }] : []
}

/** A form of another browser is refused with 403, once its fields are read. */
const troublesOfForm = (form: Response): Trouble[] =>
  form.status === 403 ? [] : [{ found: `a form is answered with ${form.status}: its fields do not arrive` }]

function troublesOfCookies(issuer: string, account: Response): Trouble[] {
  const isHttps = issuer.startsWith('https:')
  const weak = account.headers.getSetCookie().filter((cookie) => isHttps && !/;\s*secure/i.test(cookie))
  return weak.length > 0
    ? [{ found: 'cookies of an https issuer arrive without Secure', mend: 'Do not rewrite cookies' }]
    : []
}

/** The discovery document is made from the request: it shows what the provider takes its own address for. */
const addresses: Check<Outside & { readonly discovery: Discovery }> = {
  severity: 'fatal',
  mend: 'Set app.proxy = true in Koa, elsewhere provider.proxy = true; the proxy has to send X-Forwarded-Proto and X-Forwarded-Host',
  run({ issuer, discovery }) {
    const { origin } = new URL(issuer)
    if (canonical(String(discovery.issuer)) !== issuer)
      return [{ found: `the service calls itself ${String(discovery.issuer)}` }]
    const seen = URL.parse(String(discovery.authorization_endpoint))?.origin
    return seen === origin ? [] : [{ found: `a request for ${origin} is seen as one for ${seen}` }]
  },
}

/** An issuer without what makes no difference: case and default port of the host, IDNA, a slash at the end. */
const canonical = (issuer: string): string => URL.parse(issuer)?.href.replace(/\/$/, '') ?? issuer

interface Discovery {
  readonly issuer?: unknown
  readonly authorization_endpoint?: unknown
}

export async function examineOutside({ issuer, now }: Outside): Promise<Finding[]> {
  const given = { issuer: canonical(issuer), now }
  const report = (id: 'outside' | 'proxy' | 'clock', check: Check<never>, troubles: readonly Trouble[]): Finding[] =>
    findingsOf({ ...check, id }, troubles)
  try {
    const answer = await ask(`${given.issuer}/.well-known/openid-configuration`)
    if (answer.status !== 200)
      return report('outside', outside, [{ found: `the discovery document is answered with ${answer.status}` }])
    const discovery = (await answer.json()) as Discovery
    const date = Date.parse(answer.headers.get('date') ?? '') / 1000
    const clock = Number.isNaN(date) ? [] : clockTroubles(given.now(), date, given.issuer)
    return [
      ...report('proxy', addresses, await addresses.run({ ...given, discovery })),
      ...report('clock', { severity: 'fatal', mend: 'Run NTP on both machines', run: () => [] }, clock),
      ...report('outside', outside, await outside.run(given)),
    ]
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown }
    return report('outside', outside, [
      { found: `${given.issuer} is not reached: ${messageOf(cause ?? error)}`, mend: 'Check the address, DNS and TLS' },
    ])
  }
}
