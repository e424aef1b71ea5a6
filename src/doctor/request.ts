/** What only a request shows: the proxy, the path, the sessions of the host. */
import type { RequestSeen } from '../oidc/inspection.ts'
import type { Check, RequestFacts } from './check.ts'

const trustOf: Readonly<Record<RequestSeen['framework'], string>> = {
  Koa: 'Set app.proxy = true on the application that the provider is mounted in',
  Express: 'Set provider.proxy = true, and let the proxy send X-Forwarded-Proto and X-Forwarded-Host',
  'node:http': 'Set provider.proxy = true, and let the proxy send X-Forwarded-Proto and X-Forwarded-Host',
}

export const proxy: Check<RequestFacts> = {
  severity: 'fatal',
  mend: '',
  run({ request, issuer }) {
    const [seen, expected] = [new URL(request.authorizationUrl).origin, new URL(issuer).origin]
    if (seen === expected) return []
    return [{ found: `a request for ${expected} is seen as one for ${seen}`, mend: trustOf[request.framework] }]
  },
}

export const mountPath: Check<RequestFacts> = {
  severity: 'fatal',
  mend: '',
  run({ request, provider, mountPath: given, issuer }) {
    const seen = new URL(request.authorizationUrl).pathname
    const expected = provider.pathFor('authorization', { mountPath: given })
    if (seen === expected) return []
    const route = provider.pathFor('authorization', { mountPath: '' })
    const mounted = seen.endsWith(route) ? seen.slice(0, -route.length) : seen
    return [
      {
        found: `the provider answers at ${seen}, and its addresses are made for ${expected}`,
        mend: mountAt(mounted, new URL(issuer).pathname.replace(/\/$/, '')),
      },
    ]
  },
}

/** `mountPath` is for an issuer without a path; beside one with a path it is a second statement of the same. */
function mountAt(seen: string, issuer: string): string {
  if (seen === issuer)
    return `Leave the option mountPath out: the provider already answers at ${seen || '/'}, as the issuer says`
  const change = seen === '' ? 'let the issuer have no path' : `let the issuer end in ${seen}`
  const option = issuer === '' ? `, or set mountPath: ${JSON.stringify(seen)}` : ''
  return `Mount the provider at ${issuer || '/'}, or ${change}${option}`
}

export const hostSessions: Check<RequestFacts> = {
  severity: 'warn',
  mend: 'Implement directory.signedOut(id), which ends the sessions of your application',
  run: ({ request, directory }) =>
    request.hasSession && directory.signedOut === undefined
      ? [{ found: 'your application keeps sessions of its own, which a reset does not end' }]
      : [],
}
