/** Endpoints that applications call themselves, without a browser: none of their answers is a page. */
import type { Provider } from 'oidc-provider'

const methodsOf = {
  token: ['POST'],
  pushed_authorization_request: ['POST'],
  introspection: ['POST'],
  revocation: ['POST'],
  userinfo: ['GET', 'POST'],
  jwks: ['GET', 'HEAD'],
} as const

const READ = ['GET', 'HEAD']
const DISCOVERY = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']

export function machineEndpoints(provider: Pick<Provider, 'pathFor'>): (method: string, path: string) => boolean {
  const methods = new Map<string, readonly string[]>([
    ...Object.entries(methodsOf).map(([route, all]) => [provider.pathFor(route), all] as const),
    ...DISCOVERY.map((path) => [path, READ] as const),
  ])
  return (method, path) => methods.get(path)?.includes(method) ?? false
}
