/** Audit events of the provider: sign-ins done and refused, and sign-outs. */
import { type KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { SignInEvent, SignInMethod } from '../core/signInEvent.ts'
import { type Proof, proofOf } from './claims.ts'
import { isAccountPrompt } from './accountPrompts.ts'
import { reusedToken } from './secondUse.ts'
import type { Stamp } from './stamp.ts'

type OfType<T extends SignInEvent['type']> = Extract<SignInEvent, { readonly type: T }>

export type ProviderSignInEvent = OmitCaller<
  OfType<'sign_in.done' | 'sign_in.refused' | 'signed_out' | 'refresh.refused'>
>
/** Distributes over the union. */
type OmitCaller<E> = E extends unknown ? Omit<E, 'caller'> : never

export type OnSignInEvent = (ctx: KoaContextWithOIDC, event: ProviderSignInEvent) => void

/** Sign-ins accepted in a request whose session is not saved yet. */
const accepted = new WeakMap<object, Omit<OfType<'sign_in.done'>, 'caller'>>()

const clientOf = (ctx: KoaContextWithOIDC): string | null => {
  const id = ctx.oidc.params?.['client_id']
  return typeof id === 'string' ? id : null
}

/** A consent repeats the sign-in before it, and an account prompt needs a session: neither is another sign-in. */
function isSignIn(ctx: KoaContextWithOIDC): boolean {
  const prompt = ctx.oidc.entities.Interaction?.prompt.name
  return prompt !== undefined && prompt !== 'consent' && !isAccountPrompt(prompt)
}

/** Audited once the session is saved: until then the person is not signed in. */
export function noteAccepted(ctx: KoaContextWithOIDC, { accountId }: Stamp): void {
  const { session } = ctx.oidc
  if (!session || !isSignIn(ctx)) return
  const proof = proofOf(session.amr)
  accepted.set(ctx, {
    type: 'sign_in.done',
    accountId,
    sessionId: session.uid,
    signInId: ctx.oidc.entities.Interaction?.uid ?? session.uid,
    method: methods[proof],
    acr: session.acr ?? null,
    clientId: clientOf(ctx),
  })
}

const methods: { readonly [K in Proof]: SignInMethod } = {
  password: 'password',
  otp: 'otp',
  'backup-code': 'backup_code',
  passkey: 'passkey',
  'synced-passkey': 'passkey',
  'suspect-passkey': 'passkey',
}

/** `record-lost`: the account has a second factor, and its record is damaged or missing. */
export type SignInRefusal = 'sign-in-over' | 'account-disabled' | 'record-lost'

export function noteRefused(
  ctx: KoaContextWithOIDC,
  appendAudit: OnSignInEvent,
  accountId: string,
  reason: SignInRefusal,
): void {
  const signInId = ctx.oidc.entities.Interaction?.uid ?? ''
  appendAudit(ctx, { type: 'sign_in.refused', accountId, signInId, reason, clientId: clientOf(ctx) })
}

/** Of refused requests only those with a used refresh token: anybody can cause the others. */
function watchRefreshes(provider: Provider, appendAudit: OnSignInEvent): void {
  provider.on('grant.error', (ctx, error) => {
    const { Account: account, RefreshToken: loaded } = ctx.oidc.entities
    const token = reusedToken(error, account && loaded)
    const { accountId, jti, clientId } = token?.payload ?? {}
    if (!token || !accountId || !jti) return
    const { reason } = token
    appendAudit(ctx, { type: 'refresh.refused', accountId, tokenId: jti, reason, clientId: clientId ?? null })
  })
}

export function watchSignIns(provider: Provider, appendAudit: OnSignInEvent): void {
  watchRefreshes(provider, appendAudit)
  provider.on('session.saved', ({ uid }) => {
    const { ctx } = Provider
    const event = ctx && accepted.get(ctx)
    if (!event || event.sessionId !== uid) return
    accepted.delete(ctx)
    appendAudit(ctx, event)
  })
  provider.on('end_session.success', (ctx) => {
    const { session, params } = ctx.oidc
    // Without `logout` the person left one application and stays signed in.
    if (!session?.accountId || !params?.['logout']) return
    const clientId = session.state?.['clientId']
    appendAudit(ctx, {
      type: 'signed_out',
      accountId: session.accountId,
      sessionId: session.uid,
      reason: null,
      clientId: typeof clientId === 'string' ? clientId : null,
    })
  })
}
