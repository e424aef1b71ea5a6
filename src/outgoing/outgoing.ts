/**
 * Every outgoing HTTP request: logout tokens, jwks_uri and whatever else the provider fetches, access tokens for the mail server, the doctor's
 * look from outside. The address is judged at each connection, after DNS has answered. No redirect is followed.
 */
import { lookup as resolveName, type LookupAddress } from 'node:dns'
import { lookup as resolveAll } from 'node:dns/promises'
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { trustedAuthorities } from '../crypto/authorities.ts'
import { PrivateAddress, TooLarge } from './failure.ts'
import { allowedAddresses, type IsAllowed } from './networks.ts'

export interface OutgoingOptions {
  /** Networks and addresses that are reachable beside public ones. `any`: no judgement, for an address that the operator typed. */
  readonly allow: readonly string[] | 'any'
  /** PEM: certificates of authorities that are trusted beside those of Node.js. */
  readonly ca?: string | null
  /** For a whole request, the answer's body included. Default 3: a sign-out waits for it. */
  readonly timeoutSeconds?: number
}

export type Outgoing = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** See `timeoutSeconds`. Seconds. */
export const USUAL_SECONDS = 3
/** Of an answer's body. A key set or a document of metadata has some kilobytes. Bytes. */
const LARGEST_BODY = 1_048_576

export function createOutgoing({ allow, ca = null, timeoutSeconds = USUAL_SECONDS }: OutgoingOptions): Outgoing {
  const isAllowed: IsAllowed = allow === 'any' ? () => true : allowedAddresses(allow)
  const trusted = ca === null ? {} : { ca: [...trustedAuthorities(), ca] }
  return async (given, init = {}) => {
    requireNoUser(given)
    // The library's `dispatcher` is no part of a Request: this judges in its place.
    const request = new Request(given, init)
    const url = new URL(request.url)
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new TypeError(`not an http address: ${url.protocol}`)
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutSeconds * 1000)])
    const body = Buffer.from(await request.arrayBuffer())
    const options = {
      method: request.method,
      headers: { ...Object.fromEntries(request.headers), 'accept-encoding': 'identity', 'content-length': body.length },
      // A connection of its own for each request, so that each is judged; and no proxy of the environment, which would do the look-up.
      agent: false,
      lookup: judged(isAllowed),
      // For one address of several. Milliseconds; the 250 of Node.js are too few across an ocean.
      autoSelectFamilyAttemptTimeout: 1000,
      signal,
      ...trusted,
    } as const
    requireAllowed(isAllowed, hostOf(url))
    const sent = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options)
    return answerTo(sent, body, { isAllowed, signal })
  }
}

/** The error of `Request` would repeat the password. */
function requireNoUser(given: string | URL | Request): void {
  const url = URL.parse(given instanceof Request ? given.url : String(given))
  if (url && `${url.username}${url.password}` !== '')
    throw new TypeError('an address with a user in it is not requested')
}

/** Whether a request to this address would be refused here. False when DNS gives no answer in time. */
export type IsBarred = (url: string) => Promise<boolean>

/** A start must not wait for DNS any longer. Milliseconds. */
const DNS_MS = 2000

export const isBarredBy =
  ({ allow }: OutgoingOptions): IsBarred =>
  async (url) => {
    const isAllowed = allow === 'any' ? () => true : allowedAddresses(allow)
    const host = hostOf(new URL(url))
    const resolved = isIP(host) === 0 ? resolveAll(host, { all: true }).catch(() => null) : [{ address: host }]
    const answers = await Promise.race([resolved, pause(DNS_MS, null, { ref: false })])
    return answers !== null && answers.every(({ address }) => !isAllowed(address))
  }

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** An address in place of a name is connected to without a look-up. */
function requireAllowed(isAllowed: IsAllowed, host: string): void {
  if (isIP(host) !== 0 && !isAllowed(host)) throw new PrivateAddress('the address is in a network that is not allowed')
}

/** DNS, without the addresses that are not allowed: a name may have both kinds. */
function judged(isAllowed: IsAllowed): LookupFunction {
  return (hostname, options, done) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return done(error, '')
      const allowed = addresses.filter(({ address }) => isAllowed(address))
      const [first] = allowed
      if (!first) return done(new PrivateAddress('the name leads to a network that is not allowed'), '')
      if (options.all) return done(null, allowed)
      return done(null, first.address, first.family)
    })
  }
}

interface Limits {
  readonly isAllowed: IsAllowed
  readonly signal: AbortSignal
}

async function answerTo(sent: ClientRequest, body: Buffer, { isAllowed, signal }: Limits): Promise<Response> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', resolve)
    // The last word is the socket's: whatever chose the address.
    sent.on('socket', (socket) => {
      socket.on('connect', () => {
        if (isAllowed(socket.remoteAddress ?? '')) return
        sent.destroy(new PrivateAddress('the connection leads to a network that is not allowed'))
      })
    })
    sent.end(body)
  }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error
  })
  const headers = new Headers()
  for (const [name, values] of Object.entries(answer.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  const { statusCode: status = 0, statusMessage: statusText = '' } = answer
  const received = await bounded(answer, signal)
  const isEmpty = [101, 204, 205, 304].includes(status)
  return new Response(isEmpty ? null : received, { status, statusText, headers })
}

async function bounded(answer: IncomingMessage, signal: AbortSignal): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > LARGEST_BODY) throw new TooLarge('the answer is too large')
      chunks.push(chunk)
    }
  } catch (error) {
    answer.destroy()
    throw signal.aborted ? signal.reason : error
  }
  return Buffer.concat(chunks)
}
