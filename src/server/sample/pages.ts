/** The pages of the sample application, with the stylesheet of the service and a note of what they are. */
import { readTextSync } from '../../decoding.ts'
import { type Owner, type RequestName, requests, type SignedIn } from './relyingParty.ts'

const own = `
@layer components {
  .wide main.container { max-inline-size: 64rem; padding-block: var(--s6); }
  .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: var(--s5); align-items: start; }
  .columns h2:first-child { margin-block-start: 0; }
  details + p { margin-block-start: var(--s4); }
  .requests { margin: 0 0 var(--s4); padding: 0; list-style: none; }
  .requests li { padding-block: var(--s2); border-block-start: 1px solid var(--line); }
  .requests .hint { display: block; margin: 0; }
  table { inline-size: 100%; border-collapse: collapse; font-size: .9375rem; }
  caption { text-align: start; }
  th, td { padding: var(--s1) var(--s3) var(--s1) 0; border-block-start: 1px solid var(--line); text-align: start; vertical-align: top; }
  td { overflow-wrap: anywhere; }
  td > time { white-space: normal; }
  th { overflow-wrap: normal; }
  [role] { padding: var(--s3) var(--s4); border: 1px solid currentColor; border-radius: var(--radius); }
  [role=alert] { background: var(--danger-bg); color: var(--danger); }
  [role=status] { background: var(--ok-bg); color: var(--ok); }
  pre { padding: var(--s4); border-radius: var(--radius); background: var(--bg); white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
}
`

export const style = readTextSync(new URL('../../../views/assets/style.css', import.meta.url)) + own

export interface Notice {
  readonly role: 'status' | 'alert'
  readonly text: string
}

export interface HomePage {
  readonly issuer: string
  readonly notice: Notice | null
  readonly signedIn: SignedIn | null
}

export function homePage({ issuer, notice, signedIn }: HomePage): string {
  const said = notice ? `<p role="${notice.role}">${escape(notice.text)}</p>` : ''
  const body = signedIn
    ? account(signedIn)
    : `<div class="card"><p>You are not signed in here.</p><p><a class="btn" href="/sign-in">Sign in</a></p></div>`
  return page(
    'Sample application',
    `<p>A relying party of ${escape(issuer)}, on an origin of its own.</p>${said}${body}`,
  )
}

function account({ claims, refreshToken, person }: SignedIn): string {
  const links = Object.entries(requests).map(
    ([name, { label, does }]) =>
      `<li><a href="/sign-in/${name}">${escape(label)}</a> <span class="hint">${escape(does)}</span></li>`,
  )
  const refresh = refreshToken ? button('/refresh', 'Refresh the tokens', 'secondary') : ''
  const named = person ? `<p class="hint">${escape(person)}</p>` : ''
  return `<div class="columns">
<section class="card"><h2>Who you are</h2>
<p>You are signed in as <strong>${escape(claims.sub)}</strong>.</p>${named}
<details open><summary>What the provider says of this sign-in</summary>${table('ID token', claims)}</details>
<p><a href="/userinfo">Userinfo</a></p>
${button('/sign-out', 'Sign out', 'secondary')}</section>
<section class="card"><h2>What an application can ask</h2>
<ul class="requests">${links.join('')}</ul>
${refresh}</section>
</div>`
}

export const userinfoPage = (claims: object): string =>
  page('Userinfo', `<div class="card">${table('Answer of the provider', claims)}${back}</div>`)

export interface ShownToken {
  readonly value: string
  readonly sub: string
  /** Seconds; null: the provider did not say. */
  readonly expiresIn: number | null
  /** null: the management API could not be asked. */
  readonly owner: Owner | null
}

/** Shows the token once; a reloaded page offers to request another. */
export function tokenPage(issuer: string, token: ShownToken | null): string {
  const title = 'Access token for the management API'
  if (token === null)
    return page(
      title,
      `<div class="card"><p>It was shown once and is not kept here.</p><p><a class="btn" href="${askAgain}">Ask for another</a></p>${back}</div>`,
    )
  const { value, sub, expiresIn } = token
  const line = `curl --header 'Authorization: Bearer ${value}' '${issuer}/management/v1/users'`
  const name = token.owner?.name
  const whose = name ? `<strong>${escape(name)}</strong> (${escape(sub)})` : `<strong>${escape(sub)}</strong>`
  const minutes = expiresIn === null ? '' : `, for ${Math.round(expiresIn / 60)} minutes from now`
  return page(
    title,
    `<div class="card"><p>The token of ${whose}. It is valid for the management API only${minutes}, and shown once:</p>
<pre>${escape(value)}</pre>${mayDo(token.owner)}<p>Try it:</p><pre>${escape(line)}</pre>${back}</div>`,
  )
}

/** What the role lets through, and what 403 means. */
function mayDo(owner: Owner | null): string {
  if (owner === null) return ''
  const [role] = owner.roles
  return role === undefined
    ? `<p role="alert">This person has neither the role admin nor the role helpdesk, so that the management API answers 403 to every call. Sign in here as admin@example.com instead, in a private window.</p>`
    : `<p role="status">The role is ${escape(owner.roles.join(', '))}. An answer of 403 means that this role, or a scope of the token, does not allow the call.</p>`
}

const askAgain = `/sign-in/${'management' satisfies RequestName}`
const back = '<p><a href="/">Back</a></p>'

const button = (action: string, label: string, kind: string) =>
  `<form method="post" action="${action}"><p><button class="${kind}">${escape(label)}</button></p></form>`

function table(caption: string, claims: object): string {
  const rows = Object.entries(claims).map(
    ([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${cell(name, value)}</td></tr>`,
  )
  return `<table><caption class="hint">${escape(caption)}</caption><tbody>${rows.join('')}</tbody></table>`
}

const times = ['auth_time', 'iat', 'exp', 'nbf', 'updated_at', 'second_factor_at']

function cell(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (!times.includes(name) || typeof value !== 'number') return escape(text)
  const iso = new Date(value * 1000).toISOString()
  return `${escape(text)} (<time datetime="${iso}">${iso}</time>)`
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body class="wide">
<main class="container">
<h1>${escape(title)}</h1>
${body}
</main>
</body>
</html>
`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
