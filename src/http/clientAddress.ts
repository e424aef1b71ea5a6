/** The client's network address of a request. A framework knows it, or the host says it: forwarded headers alone prove nothing. */
import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { readAddress } from '../core/ipAddress.ts'

export type ClientAddress = (req: IncomingMessage) => string | null | undefined

const addresses = new WeakMap<IncomingMessage, string>()

/** Express sets `ip` by its setting `trust proxy`. */
const ofFramework = (req: IncomingMessage): string | null => {
  const { ip } = req as { readonly ip?: unknown }
  return typeof ip === 'string' ? ip : null
}

/** Notes the address of a request: what the host says, else the framework's, else `otherwise`. Proxies may add a port to it. */
export function noteAddress(req: IncomingMessage, given: ClientAddress | null, otherwise: string | undefined): void {
  addresses.set(req, readAddress(given?.(req) ?? ofFramework(req) ?? otherwise ?? '') ?? '')
}

/**
 * The address as a Koa application knows it. A provider alone trusts the forwarded headers for the sake of its URLs: the client may have
 * written the first entry of X-Forwarded-For.
 */
export const addressIn = (ctx: Pick<Context, 'req' | 'ip'>, isProvider: boolean): string | undefined =>
  isProvider ? ctx.req.socket.remoteAddress : ctx.ip

export const addressOf = (ctx: { readonly req: IncomingMessage; readonly ip: string }): string =>
  addresses.get(ctx.req) ?? ctx.ip
