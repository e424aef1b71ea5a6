/** **Your authenticators** (`prompt=manage_authenticators`), after a proof: another passkey, another name, and the end of one. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import { readName } from '../../core/authenticators.ts'
import type { Refusal } from '../../core/refusal.ts'
import { isAccountPrompt, type Pending, provenBy } from '../../oidc/interactions.ts'
import type { OwnChangeContext } from '../../service/ownAuthenticators.ts'
import { textOf } from '../body.ts'
import { callerOf } from '../context.ts'
import { newPasskeyForm } from '../enrolment/setUp.ts'
import { submitted } from '../formTokens.ts'
import { passkeyError, submittedPasskey } from '../passkeyForms.ts'
import type { Pages } from '../pages/locals.ts'
import type { PasskeyForm } from '../pages/pageMetadata.ts'
import { signInPath } from '../paths.ts'
import { seeOther } from '../redirect.ts'
import { answer } from '../respond.ts'
import { complete, inSignIn, openSetUp, type Step } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { answerFinished, atStage, formTo, frameOf, moveTo, pathIn } from './stage.ts'

type Page = Pages['authenticators']
type Said = NonNullable<Page['said']>

const PATH = '/authenticators'

interface Managing extends Step {
  readonly at: OwnChangeContext
}

/** Runs a handler with the proof; the core refuses one that is too old for a change. */
const withProof = (handle: (managing: Managing) => Promise<void>) =>
  atStage('authenticators', (step) => {
    const { signIn, pending } = step
    const { proven } = pending
    const by = proven && provenBy[proven.proof]
    if (!proven || !by || !isAccountPrompt(signIn.prompt)) return proveAgain(step)
    return handle({ ...step, at: { ...inSignIn(signIn, pending), provenAt: proven.at, provenBy: by } })
  })

/** A page left open must not show the list to the next user of the device. */
const atList = (handle: (managing: Managing) => Promise<void>) =>
  withProof((managing) => {
    const isOver = managing.services.clock.now() >= managing.pending.until
    return isOver ? proveAgain(managing) : handle(managing)
  })

const proveAgain = (step: Step): Promise<void> =>
  moveTo(step, { ...step.pending, stage: 'change', proven: null, sealed: null, until: step.signIn.expiresAt })

const idIn = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['id'])

const goToList = ({ services, ctx, signIn }: Step, said?: Said): void =>
  seeOther(ctx, signInPath(services, signIn.uid, PATH) + (said ? `?said=${said}` : ''))

export const showAuthenticators = atList((managing) => page(managing))

export const addPasskey = atList(async (managing) => {
  const { services, ctx, signIn, at } = managing
  const userHandle = openSetUp(managing)?.userHandle ?? null
  if (userHandle === null) return proveAgain(managing)
  const given = submittedPasskey(services, ctx, frameOf(signIn))
  const outcome = await services.ownAuthenticators.add({ ...at, userHandle }, given, callerOf(ctx, at.accountId))
  if (outcome.is === 'unaccepted') return page(managing, passkeyError(outcome.why))
  if (outcome.is !== 'refused') return goToList(managing, 'added')
  const error = errors[outcome.refusal.is]
  return error ? page(managing, error) : refuse(managing, outcome.refusal)
})

const errors: { readonly [K in Refusal['is']]?: PasskeyForm['error'] } = {
  'passkey-incorrect': 'incorrect',
  'passkey-stale': 'stale',
  'already-added': 'known',
  'too-many-authenticators': 'too-many',
}

const nameIn = (ctx: Context): string => textOf(submitted(ctx).fields['name'])

/** The list with the name that was typed. */
export const showRenameAgain = atList((managing) =>
  page(managing, null, { id: idIn(managing.ctx), name: nameIn(managing.ctx), isRefused: false }),
)

export const renameAuthenticator = atList(async (managing) => {
  const { services, ctx, at } = managing
  const name = readName(nameIn(ctx))
  if (name === null) return page(managing, null, { id: idIn(ctx), name: nameIn(ctx), isRefused: true })
  const outcome = await services.ownAuthenticators.rename(at, { id: idIn(ctx), name }, callerOf(ctx, at.accountId))
  return outcome.is === 'refused' ? refuse(managing, outcome.refusal) : goToList(managing, 'renamed')
})

export const showRemoval = atList(async (managing) => {
  const { services, ctx, signIn, pending } = managing
  const found = (await listOf(managing)).list.find(({ id }) => id === idIn(ctx))
  if (!found?.isRemovable) return goToList(managing)
  const locals = {
    ...formTo(managing, `${PATH}/${found.id}/remove`),
    name: found.name,
    cancelHref: pathIn(managing, PATH),
  }
  answer(services, ctx, { page: 'remove-authenticator', locals, frame: frameOf(signIn, pending.email) })
})

/** Everything proven before ends, but this sign-in. */
export const removeAuthenticator = atList(async (managing) => {
  const { services, ctx, signIn, pending, at } = managing
  const found = (await listOf(managing)).list.find(({ id }) => id === idIn(ctx))
  if (!found?.isRemovable) return goToList(managing)
  await services.interactions.detach(signIn)
  const outcome = await services.ownAuthenticators.remove(at, found.id, callerOf(ctx, at.accountId))
  if (outcome.is === 'refused') return refuse(managing, outcome.refusal)
  const next: Pending = { ...pending, epoch: outcome.account.epoch }
  await services.interactions.save(signIn, next)
  goToList(managing, 'removed')
})

export const finishManaging = withProof(async (managing) => {
  await complete({ ...managing, pending: { ...managing.pending, fulfilled: ['manage_authenticators'] } })
  answerFinished(managing)
})

function refuse(managing: Managing, refusal: Refusal): Promise<void> | void {
  if (refusal.is === 'proof-too-old') return proveAgain(managing)
  if (refusal.is === 'last-authenticator' || refusal.is === 'authenticator-unknown') return goToList(managing)
  return refuseSignIn(managing, refusal, { startAgainHref: null })
}

async function listOf({ services, pending }: Step) {
  const [account, person] = await Promise.all([
    services.accounts.getStored(pending.accountId),
    services.directory.find(pending.accountId),
  ])
  return { account, list: account && person ? services.ownAuthenticators.list(account, person) : [] }
}

async function page(
  managing: Managing,
  error: PasskeyForm['error'] = null,
  naming: Page['naming'] = null,
): Promise<void> {
  const { services, ctx, signIn, pending } = managing
  const { account, list } = await listOf(managing)
  const form = newForm(managing, account, error)
  const locals: Page = {
    ...formTo(managing, PATH),
    list: list.map((item) => ({
      ...item,
      rename: item.kind === 'passkey' ? formTo(managing, `${PATH}/${item.id}/name`) : null,
      removeHref: item.isRemovable ? pathIn(managing, `${PATH}/${item.id}/remove`) : null,
    })),
    passkey: form,
    naming,
    done: formTo(managing, `${PATH}/done`),
    said: saidOf(ctx),
  }
  const status = error === null && !naming?.isRefused ? 200 : 422
  answer(services, ctx, { status, page: 'authenticators', locals, frame: frameOf(signIn, pending.email) })
}

function newForm(managing: Managing, account: Account | null, error: PasskeyForm['error']): PasskeyForm | null {
  const { services, ctx, pending } = managing
  const setUp = openSetUp(managing)
  if (!setUp) return null
  const { email, until } = pending
  return newPasskeyForm(services, ctx, { account, setUp, email, action: pathIn(managing, PATH), until, error })
}

const saidOf = (ctx: Context): Page['said'] => {
  const { said } = ctx.query
  return said === 'added' || said === 'removed' || said === 'renamed' ? said : null
}
