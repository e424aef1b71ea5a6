/** Metadata at the root of the issuer's origin, where the standards have a client look for it. */
import type { Context } from 'koa'
import { managementScopes } from '../ports.ts'
import type { Services } from './context.ts'

type Documented = Pick<Services, 'issuer' | 'managementResource' | 'brand' | 'bearer'>

/** How long a cache may keep metadata. Seconds. */
export const METADATA_SECONDS = 3600

/** @see RFC 9728 §3.1 */
export function metadataUrlOf(resource: string): string {
  const { origin, pathname } = new URL(resource)
  return `${origin}/.well-known/oauth-protected-resource${pathname}`
}

/** The metadata of the management API. @see RFC 9728 §2 */
const metadataOf = ({ issuer, managementResource: resource, brand, bearer }: Documented): object => ({
  resource,
  authorization_servers: [issuer],
  scopes_supported: managementScopes,
  bearer_methods_supported: ['header'],
  ...(bearer.algorithms().length > 0 && { dpop_signing_alg_values_supported: bearer.algorithms() }),
  resource_name: `${brand.name}: management API`,
  resource_documentation: `${resource}/openapi.json`,
})

export function answerResourceMetadata(services: Documented) {
  const { pathname: path } = new URL(metadataUrlOf(services.managementResource))
  return {
    path,
    /** false: the method is another one. */
    answer(ctx: Context): boolean {
      ctx.set('Access-Control-Allow-Origin', '*')
      if (ctx.method === 'OPTIONS') ctx.set('Access-Control-Allow-Headers', '*')
      if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return false
      ctx.set('Cache-Control', `public, max-age=${METADATA_SECONDS}`)
      ctx.type = 'json'
      ctx.body = JSON.stringify(metadataOf(services))
      return true
    },
  }
}

/**
 * The root form of discovery of an issuer with a path, and the address of the provider that answers it. Null: another address.
 * @see RFC 8414 §3.1, §5
 */
export function discoveryAlias(
  { issuer, mountPath }: { readonly issuer: string; readonly mountPath: string },
  path: string,
): string | null {
  if (!path.startsWith('/.well-known/')) return null
  const { pathname } = new URL(issuer)
  const found = ['oauth-authorization-server', 'openid-configuration'].find(
    (name) => path === `/.well-known/${name}${pathname === '/' ? '' : pathname}`,
  )
  if (found === undefined) return null
  const target = `${mountPath}/.well-known/${found}`
  return target === path ? null : target
}
