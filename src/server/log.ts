/**
 * The log and the access log: one line per request with the pattern of the route, never the path, the query or the body, so that
 * no token of a link is written to a log file.
 */
import type { Context, Middleware } from 'koa'
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { newId } from '../crypto/tokens.ts'
import { accessOutput, logOutput } from './outputs.ts'
import type { Output } from './terminal.ts'

export type { Logger } from 'pino'

const secretWords = ['password', 'code', 'token', 'secret', 'link', 'authorization', 'cookie', '["set-cookie"]']
const moreSecrets = [
  'access_token',
  'refresh_token',
  'id_token',
  'id_token_hint',
  'client_secret',
  'code_verifier',
  'device_code',
]

/** Each of these words is censored as a key, at the top and up to three levels down. */
const paths = [...secretWords, ...moreSecrets].flatMap((word) => {
  const end = word.startsWith('[') ? word : `.${word}`
  return [word, ...['*', '*.*', '*.*.*'].map((levels) => levels + end)]
})

/** @param pid as `pidFor` has it */
export function createLog(
  level: string,
  destination: DestinationStream = logOutput(),
  pid: number | null = null,
): Logger {
  const options: LoggerOptions = {
    level,
    base: baseOf(pid),
    redact: { paths, censor: '[redacted]' },
    serializers: { err: safeError, error: safeError },
    hooks: { streamWrite: withoutTokens },
  }
  return pino(options, destination)
}

interface AccessLine {
  readonly requestId: string
  readonly method: string
  /** A pattern or a name, see `routeOf`. */
  readonly route: string
  readonly status: number
  readonly ms: number
  /** The client has left before the end. */
  readonly isCut: boolean
}

/** Writes lines in the form of pino's. Their fields are fixed and hold no secret: to look for secrets would take a tenth of a sign-in. */
export function createAccessLines(
  level: string,
  destination: Output = accessOutput(),
  pid: number | null = null,
): (line: AccessLine) => void {
  const { values } = pino.levels
  const least = values[level] ?? Infinity
  // On a terminal they would push away where to go and as whom to sign in.
  const ordinary = destination.isTerminal === true ? 'debug' : 'info'
  const process = pid === null ? '' : `"pid":${pid},`
  return ({ requestId, method, route, status, ms, isCut }) => {
    const weight = values[status >= 500 ? 'error' : ordinary] ?? 0
    if (weight < least) return
    const request = `"request_id":"${requestId}","method":"${method}","route":${JSON.stringify(route)}`
    const answer = `"status":${status},"ms":${ms}${isCut ? ',"aborted":true' : ''}`
    destination.write(`{"level":${weight},"time":${Date.now()},${process}${request},${answer},"msg":"request"}\n`)
  }
}

const baseOf = (pid: number | null): { readonly pid: number } | null => (pid === null ? null : { pid })

/** The `pid` of every line; null: one process alone writes this log. */
export const pidFor = (workers: number): number | null => (workers > 1 ? process.pid : null)

/** Removes tokens of links and secret parameters from URLs anywhere in a line, messages of libraries included. */
function withoutTokens(line: string): string {
  return line
    .replace(/(\/(?:two-factor\/reset|invitation|password)\/)(?!:)[^\s/?#"'<>\\]+/g, '$1[token]')
    .replace(
      /\b(code|token|\w+_token|id_token_hint|client_secret|code_verifier|request_uri)=[^\s&"'<>\\]+/g,
      '$1=[token]',
    )
}

// Errors of libraries contain whole requests: only name, code, message, stack and cause are logged.
function safeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  return {
    type: name,
    message,
    stack,
    ...('code' in error && { reason: error.code }),
    ...(cause !== undefined && { cause: safeError(cause) }),
  }
}

/** Gives each request a new id in `ctx.state.requestId` (and `X-Request-Id`); a received one is ignored. */
export function accessLog(write: ReturnType<typeof createAccessLines>): Middleware {
  return (ctx, next) => {
    const requestId = newId()
    ctx.state.requestId = requestId
    ctx.set('X-Request-Id', requestId)
    const begun = performance.now()
    // `close` comes once, after the last byte or after the client has disconnected.
    ctx.res.once('close', () => {
      const { statusCode: status, writableFinished: isWhole } = ctx.res
      const ms = Math.round((performance.now() - begun) * 10) / 10
      write({ requestId, method: ctx.method, route: routeOf(ctx), status, ms, isCut: !isWhole })
    })
    return next()
  }
}

/** The pattern of the route, such as `/two-factor/reset/:token`, or the name of the provider's route. Never the path. */
export function routeOf(ctx: Context): string {
  const { _matchedRoute: matched, oidc } = ctx as { _matchedRoute?: unknown; oidc?: { route?: string } }
  return oidc?.route ?? (typeof matched === 'string' ? matched : 'unmatched')
}
