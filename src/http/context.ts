/** The services that handlers use, and the caller of a request for the audit. */
import type { Context } from 'koa'
import { deviceOf } from '../core/device.ts'
import { auditNetwork } from '../core/ipAddress.ts'
import type { Rules } from '../core/rules.ts'
import type { Words } from '../i18n/messages.ts'
import type { Logos } from '../logos.ts'
import type { ActRequest, Caller } from '../core/command.ts'
import type { Sealing } from '../crypto/sealing.ts'
import type { AccountChanges } from '../service/accountChanges.ts'
import type { ActOf } from '../service/act.ts'
import type { Enrolments } from '../service/enrolment.ts'
import type { Links } from '../service/links.ts'
import type { OwnAuthenticators } from '../service/ownAuthenticators.ts'
import type { Passkeys } from '../service/passkeys.ts'
import type { Passwords } from '../service/passwords.ts'
import type { Sealed } from '../service/sealed.ts'
import type { SignIns } from '../service/signIn.ts'
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
import type { App, AuditLog, Brand, Clock, Directory } from '../ports.ts'
import type { Ended } from '../core/account.ts'
import { addressOf } from './clientAddress.ts'
import type { Forms } from './formTokens.ts'
import type { Views } from './pages/render.ts'

export interface Services {
  readonly issuer: string
  /** Path below which our addresses are: '' or '/oidc'. */
  readonly base: string
  /** Path of our pages and of the provider: '' or '/oidc'. */
  readonly cookiePath: string
  readonly secure: boolean
  readonly brand: Brand
  /** The name of this service in an authenticator app. */
  readonly issuerName: string
  /** Where **Sign in** leads after a mailed link: a path below `base`, or a URL. */
  readonly signInUrl: string
  readonly languages: readonly string[]
  /** The messages of one of `languages`. */
  readonly wordsOf: (language: string) => Words
  /** The brand's logos, served or elsewhere. */
  readonly logos: Logos
  /** URLs of images elsewhere that our pages show. */
  readonly images: readonly string[]
  readonly clock: Clock
  readonly rules: Rules
  readonly requireReason: boolean
  /** Groups that helpdesk may act on; empty: every user below it. */
  readonly helpdeskGroups: readonly string[]
  /** acr of a sign-in with a second factor. */
  readonly twoFactorAcr: string
  /** Whether an acr says so, by that name or another. */
  readonly isTwoFactorAcr: (acr: string | null) => boolean
  /** The first-party applications that the host's configuration leaves open. */
  readonly openApps: () => readonly App[]
  readonly managementResource: string
  readonly directory: Directory
  readonly audit: AuditLog
  /** Audit lines about sign-ins, written after the answer. */
  readonly signInLog: Pick<SignInLog, 'record'>
  readonly accounts: Accounts
  readonly accountChanges: AccountChanges
  readonly passwords: Passwords
  readonly passkeys: Passkeys
  readonly ownAuthenticators: OwnAuthenticators
  readonly links: Links
  readonly signIns: SignIns
  readonly sealed: Sealed
  readonly enrolments: Enrolments
  readonly actOf: (request: ActOf) => ActRequest
  readonly interactions: Interactions
  readonly browsers: SignInBrowsers
  readonly bearer: TokenVerifier
  readonly sessions: Sessions
  readonly applications: Applications
  readonly firstPartySignIns: FirstPartySignIns
  /** The first-party apps that are switched on. */
  readonly apps: readonly App[]
  /** Runs work after the answer. Its result reaches the log only. */
  readonly afterwards: (work: () => Promise<unknown>, doing: string) => void
  /** Sends the current state of the factor to a directory whose copy is out of date. */
  readonly notifyFactor: (accountId: string) => Promise<void>
  readonly count: (accountId: string, epoch: number) => Promise<Omit<Ended, 'backupCodes'>>
  /** Seals the cookies and forms of browsers. */
  readonly sealing: Sealing<'browser'>
  /** Makes and checks the one-time tokens of forms. */
  readonly forms: Forms
  readonly views: Views
  readonly passwordRequests: PasswordRequests
  /** Counts requests that need no sign-in. */
  readonly limiter: Limiter
  readonly onLimit: (event: LimitEvent) => void
  /** Logs a failure whose details no page shows. */
  readonly onError: (error: unknown, doing: string) => void
}

/** The caller, for the audit. The address is shortened: it shows a pattern and does not identify a person. */
export const callerOf = (ctx: Context, actor: string | null): Caller => ({
  actor,
  requestId: typeof ctx.state['requestId'] === 'string' ? ctx.state['requestId'] : null,
  address: auditNetwork(addressOf(ctx)),
  ...where(ctx),
})

function where(ctx: Context): Pick<Caller, 'device'> {
  const device = deviceOf(ctx.get('user-agent'))
  return device.browser === null && device.system === null ? {} : { device }
}
