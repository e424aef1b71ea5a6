/** What every handler works with, and the words for what it is: one request of one person. */
import { isIP } from 'node:net'
import type { Context } from 'koa'
import { deviceOf } from '../core/device.ts'
import type { Rules } from '../core/rules.ts'
import type { Caller } from '../core/command.ts'
import type { Sealing } from '../crypto/sealing.ts'
import type { Enrolments } from '../service/enrolment.ts'
import type { Applications } from '../oidc/applications.ts'
import type { Limiter } from '../service/limiter.ts'
import type { LimitEvent } from '../ports.ts'
import type { PasswordRequests } from '../service/passwordRequests.ts'
import type { TokenVerifier } from '../oidc/bearer.ts'
import type { Interactions, SignInBrowsers } from '../oidc/interactions.ts'
import type { Sessions } from '../oidc/sessions.ts'
import type { SignInLog } from '../service/signInLog.ts'
import type { FirstPartySignIns } from '../oidc/firstPartySignIn.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { AuditLog, Clock, Directory, App } from '../ports.ts'
import type { Brand } from '../i18n/messages.ts'
import type { Ended } from '../core/account.ts'
import type { Forms } from './formTokens.ts'
import type { Views } from './pages/render.ts'

export interface Services {
  readonly issuer: string
  /** Path of the issuer: '' or '/oidc'. */
  readonly base: string
  readonly secure: boolean
  readonly brand: Brand
  /** What an authenticator app calls this service. */
  readonly issuerName: string
  /** Where **Sign in** leads after a mailed link: a path of ours or a URL. */
  readonly signInUrl: string
  readonly languages: readonly string[]
  readonly clock: Clock
  readonly rules: Rules
  readonly requireReason: boolean
  /** Groups that helpdesk looks after; empty: everybody below it. */
  readonly helpdeskGroups: readonly string[]
  /** acr of a sign-in with a second factor. */
  readonly twoFactorAcr: string
  readonly managementResource: string
  readonly directory: Directory
  readonly audit: AuditLog
  /** Audit lines about sign-ins, written after the answer. */
  readonly signInLog: Pick<SignInLog, 'record'>
  readonly accounts: Accounts
  readonly enrolments: Enrolments
  readonly interactions: Interactions
  readonly browsers: SignInBrowsers
  readonly bearer: TokenVerifier
  readonly sessions: Sessions
  readonly applications: Applications
  readonly firstPartySignIns: FirstPartySignIns
  /** Which of our own places there are. */
  readonly apps: readonly App[]
  /** Does something once the answer is given; what comes of it nobody here is told. */
  readonly afterwards: (work: () => Promise<unknown>, doing: string) => void
  /** Has the directory ask what the factor is now: what it last heard was not the truth. */
  readonly notifyFactor: (accountId: string) => Promise<void>
  readonly count: (accountId: string, epoch: number) => Promise<Omit<Ended, 'backupCodes'>>
  /** Seals what a browser keeps for us. */
  readonly sealing: Sealing<'browser'>
  /** Makes and takes the one-time tokens of forms. */
  readonly forms: Forms
  readonly views: Views
  /** Stores who asks for a link to another password. */
  readonly passwordRequests: PasswordRequests
  /** Counts what anybody can cause. */
  readonly limiter: Limiter
  readonly onLimit: (event: LimitEvent) => void
  /** A failure that the person is not told about in detail. */
  readonly onError: (error: unknown, doing: string) => void
}

/** Who asks, for the audit. The address is shortened: enough to see a pattern, not to find a person. */
export const callerOf = (ctx: Context, actor: string | null): Caller => ({
  actor,
  requestId: typeof ctx.state['requestId'] === 'string' ? ctx.state['requestId'] : null,
  address: shortened(ctx.ip),
  ...where(ctx),
})

function where(ctx: Context): Pick<Caller, 'device'> {
  const device = deviceOf(ctx.get('user-agent'))
  return device.browser === null && device.system === null ? {} : { device }
}

/** IPv4 to /24, IPv6 to /48; null: it is none, so nothing of it is kept. */
export function shortened(address: string): string | null {
  const four = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+$/i.exec(address)
  if (isIP(address) === 0) return null
  if (four) return `${four[1]}.0/24`
  const [head = '', tail = ''] = address.replace(/%.*$/, '').split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail.split(':').filter(Boolean)
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return `${[...left, ...zeros, ...right].slice(0, 3).join(':')}::/48`
}
