/** Step-up: the acting person proves their second factor again, for one act on one person. */
import type { Ask, Outcome } from '../accounts/accounts.ts'
import type { Account } from '../core/account.ts'
import type { ActRequest, SignInProof } from '../core/command.ts'
import { type Acting, auditRefusal } from './authority.ts'
import type { ServiceContext } from './context.ts'
import { refuse, type Refused } from './refusal.ts'
import type { Ceremony } from '../crypto/ceremony.ts'
import type { Unaccepted } from './passkeys.ts'
import type { Unreadable } from './signIn.ts'

export interface StepUp {
  /** The current authenticator code of the acting person, as typed; absent: none. */
  readonly code?: unknown
  /** In place of a code: the answer of a passkey of the acting person, whose challenge contains this act. */
  readonly passkey?: { readonly ceremony: Ceremony | null; readonly assertion: unknown } | null
  /** Used without either: the proof of the sign-in. */
  readonly proof?: SignInProof | null
  /** Default true: an API call has no browser, and its token comes from a completed sign-in. */
  readonly knownBrowser?: boolean
}

interface Attempt extends Required<StepUp>, Pick<Acting, 'by'> {
  /** See `ExecuteOptions.read`. */
  readonly read: Account | null
}

/** By the passkey or the code; without either, by the sign-in, whose proof is valid for one act. */
async function prove(
  services: ServiceContext,
  { id: actorId, roles }: Acting['actor'],
  act: ActRequest,
  attempt: Attempt,
): Promise<Outcome | Unreadable | Unaccepted> {
  const { accounts, sealed } = services
  const { code, passkey, proof, knownBrowser, by, read } = attempt
  if (passkey) {
    const account = read ?? (await accounts.getStored(actorId))
    const signed = account && (await services.passkeys.asserted(account, { ...passkey, purpose: 'step-up', act }))
    if (!account || !signed) return { is: 'unaccepted', why: 'stale' }
    const facts = { ...signed, epoch: account.epoch }
    const ask = () => ({ is: 'step-up', act, roles, knownBrowser, by, passkey: facts }) as const
    return accounts.execute(actorId, ask, { read: account })
  }
  if (code === undefined && proof)
    return accounts.execute(actorId, () => ({ is: 'spend-proof', act, roles, proof, by }), { read })
  const typed = await sealed.typedCode(actorId, code)
  if (typed.is !== 'code') return { is: 'unreadable', why: typed.is }
  const ask: Ask = (account) => {
    const step = sealed.stepOf(account, typed.code)
    return { is: 'step-up', act, roles, knownBrowser, by, step }
  }
  return accounts.execute(actorId, ask, { read })
}

const auditedByRecord = new Set<string>(['code-incorrect', 'code-replayed', 'passkey-incorrect'])

/** Uses up the code or the proof for this act, or audits the refusal. `account`: the acting person's record, if the caller has read it. */
export async function stepUp(
  services: ServiceContext,
  { actor, by, account = null }: Acting & { readonly account?: Account | null },
  act: ActRequest,
  { code, passkey = null, proof = null, knownBrowser = true }: StepUp,
): Promise<Refused | null> {
  const audited = (reason: string) =>
    auditRefusal(services, by, { type: 'step_up.refused', target: act.target, reason })
  if (code === undefined && passkey === null && proof === null) {
    await audited('no-code')
    return refuse({ is: 'step-up-required' })
  }
  const outcome = await prove(services, actor, act, { code, passkey, proof, knownBrowser, by, read: account })
  if (outcome.is === 'unaccepted') {
    await audited('passkey-stale')
    return refuse({ is: 'passkey-stale' })
  }
  if (outcome.is === 'unreadable') {
    await audited(`code-${outcome.why}`)
    return refuse({
      is: 'invalid',
      errors: [{ path: 'code', message: 'must be the 6 digits of your own authenticator' }],
    })
  }
  if (outcome.is !== 'refused') return null
  // The record itself audits wrong and replayed codes, and refused assertions.
  const refusal = outcome.refusal.is === 'account-deleted' ? ({ is: 'sign-in-over' } as const) : outcome.refusal
  if (!auditedByRecord.has(refusal.is)) await audited(refusal.is)
  return refuse(refusal)
}
