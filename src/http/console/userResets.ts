/** The resets of a user, on the page of the user. */
import type { Context } from 'koa'
import type { Account, Reset } from '../../core/account.ts'
import { isLinkMail } from '../../core/outbox.ts'
import { isUnfinished, resetStatus } from '../../core/questions.ts'
import { digest } from '../../crypto/tokens.ts'
import type { Services } from '../context.ts'
import type { ResetStage, ResetStrip, UserPages } from '../pages/userLocals.ts'
import { resetVersion } from '../representations.ts'
import { livePath, userPath } from './paths.ts'

interface Shown {
  readonly account: Account
  readonly mayAct: boolean
  readonly nameOf: (id: string | null) => string | null
}

type Page = Pick<UserPages['user'], 'reset' | 'earlierResets'>

export async function resetsShown(services: Services, ctx: Context, shown: Shown): Promise<Page> {
  const [newest, ...earlier] = shown.account.resets
  const now = services.clock.now()
  return {
    reset: newest ? await resetShown(services, ctx, newest, shown) : null,
    earlierResets: earlier.map((reset) => ({
      at: reset.requestedAt,
      by: shown.nameOf(reset.requestedBy),
      status: resetStatus(reset, now),
      via: reset.state.is === 'completed' ? reset.state.via : null,
    })),
  }
}

/** When the email of this reset is tried again; null: no attempt is planned. */
function nextAttempt({ outbox }: Account, { id }: Reset): number | null {
  const entry = outbox.find((item) => isLinkMail(item) && item.resetId === id)
  return entry?.nextAt ?? null
}

/** A link whose email was not accepted is not "sent". */
function stageOf({ factor }: Account, reset: Reset, now: number): ResetStage {
  const status = resetStatus(reset, now)
  if (status === 'revoked' && factor.is === 'reset' && factor.resetId === reset.id && factor.frozen) return 'frozen'
  const { mail } = reset
  return status === 'sent' && (mail.status === 'queued' || mail.status === 'failed') ? mail.status : status
}

/** What the strip of a reset shows; it needs nothing but the record. */
export function stripOf(
  services: Services,
  { account, nameOf }: Pick<Shown, 'account' | 'nameOf'>,
  reset: Reset,
): ResetStrip {
  const { state } = reset
  const { factor } = account
  const now = services.clock.now()
  return {
    id: reset.id,
    status: resetStatus(reset, now),
    stage: stageOf(account, reset, now),
    isWaiting: factor.is === 'reset' && factor.resetId === reset.id,
    at: reset.requestedAt,
    by: nameOf(reset.requestedBy),
    expiresAt: reset.expiresAt,
    openedAt: state.is === 'sent' ? null : state.openedAt,
    completed: state.is === 'completed' ? { at: state.at, via: state.via } : null,
    mail: { ...reset.mail, nextAt: nextAttempt(account, reset) },
    version: stripVersion(account, now),
    liveHref: isUnfinished(reset) ? livePath(account.id) : null,
    now,
  }
}

/**
 * Another one when the strip of the newest reset looks different: by its state, by a newer reset, or as each minute of the open link ends.
 */
export function stripVersion(account: Account, now: number): string {
  const [newest] = account.resets
  if (!newest) return ''
  const { factor } = account
  const minutes = isUnfinished(newest) ? Math.floor((now - newest.requestedAt) / 60) : null
  const waits = factor.is === 'reset' ? [factor.resetId, factor.frozen] : []
  const shown = [resetVersion(account.id, newest, now), nextAttempt(account, newest), minutes, ...waits]
  return digest({ for: 'reset-version', reset: JSON.stringify(shown) }).slice(0, 16)
}

async function resetShown(
  services: Services,
  ctx: Context,
  reset: Reset,
  { account, mayAct, nameOf }: Shown,
): Promise<NonNullable<Page['reset']>> {
  const { ended } = reset
  const { factor } = account
  const open = mayAct && isUnfinished(reset)
  const path = `${userPath(account.id)}/two-factor/resets/${reset.id}`
  const clients = await Promise.all(
    ended.clients.map(async ({ clientId, backchannelLogout, lastError = null }) => ({
      lastError,
      name: await services.sessions.nameOf(clientId),
      logout: services.applications.isOurs(clientId) ? ('own' as const) : backchannelLogout,
    })),
  )
  return {
    ...stripOf(services, { account, nameOf }, reset),
    frozen: factor.is === 'reset' && factor.frozen,
    reason: reset.reason,
    pageHref: userPath(account.id),
    ended: { ...ended, clients },
    resend: open ? services.forms.to(ctx, `${path}/mail`) : null,
    revoke: open ? services.forms.to(ctx, `${path}/revoke`) : null,
  }
}
