/** The pages of the sample application: plain HTML, so that it looks unlike the service. */
import { type RequestName, requests, type SignedIn } from './relyingParty.ts'

export const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid #8884; overflow-wrap: anywhere; }
[role] { border-left: 4px solid; padding: .5rem 1rem; }
[role=alert] { border-color: #c0392b; }
[role=status] { border-color: #2d7a46; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8882; padding: 1rem; user-select: all; }
button { font: inherit; min-height: 44px; padding: 0 1rem; }
li { padding: .25rem 0; }
`

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
  const body = signedIn ? account(signedIn) : `<p>You are not signed in here.</p><p><a href="/sign-in">Sign in</a></p>`
  return page(
    'Sample application',
    `<p>A relying party of ${escape(issuer)}, on an origin of its own.</p>${said}${body}`,
  )
}

function account({ claims, refreshToken }: SignedIn): string {
  const links = Object.entries(requests).map(
    ([name, { label }]) => `<li><a href="/sign-in/${name}">${escape(label)}</a></li>`,
  )
  const refresh = refreshToken ? button('/refresh', 'Refresh the tokens') : ''
  return `<p>You are signed in as <strong>${escape(claims.sub)}</strong>.</p>
${table('ID token', claims)}
<h2>Requests of an application</h2>
<ul>${links.join('')}<li><a href="/userinfo">Userinfo</a></li></ul>
${refresh}${button('/sign-out', 'Sign out')}`
}

export const userinfoPage = (claims: object): string => page('Userinfo', table('Answer of the provider', claims) + back)

/** Shows the token once; a reloaded page offers to request another. */
export function tokenPage(issuer: string, token: string | null): string {
  const title = 'Access token for the management API'
  if (token === null)
    return page(
      title,
      `<p>It was shown once and is not kept here.</p><p><a href="${askAgain}">Ask for another</a></p>${back}`,
    )
  const line = `curl --header 'Authorization: Bearer ${token}' '${issuer}/management/v1/users'`
  return page(
    title,
    `<p>Shown once, valid for the management API only:</p><pre>${escape(token)}</pre><p>Try it:</p><pre>${escape(line)}</pre>${back}`,
  )
}

const askAgain = `/sign-in/${'management' satisfies RequestName}`
const back = '<p><a href="/">Back</a></p>'

const button = (action: string, label: string) =>
  `<form method="post" action="${action}"><p><button>${escape(label)}</button></p></form>`

function table(caption: string, claims: object): string {
  const rows = Object.entries(claims).map(
    ([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${cell(name, value)}</td></tr>`,
  )
  return `<table><caption>${escape(caption)}</caption><tbody>${rows.join('')}</tbody></table>`
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
<body>
<main>
<h1>${escape(title)}</h1>
${body}
</main>
</body>
</html>
`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
