/** After the correct password: the end of the sign-in, a refusal, or the next stage. */
import type { Account } from '../../core/account.ts'
import type { Refusal } from '../../core/refusal.ts'
import { proofsRefusal, requiredProofs } from '../../core/proofs.ts'
import { flowClosed, mustEnrol, mustSaveCodes } from '../../core/questions.ts'
import type { Pending } from '../../oidc/interactions.ts'
import type { Person } from '../../ports.ts'
import { type Opened, openedHere } from '../enrolment/openedLink.ts'
import { submitted } from '../formTokens.ts'
import {
  bindBrowser,
  challengeOf,
  factsOf,
  openSetUp,
  sealSetUp,
  setUpUntil,
  type SignInRequest,
  waitForLink,
} from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { answerFinished, moveTo } from './stage.ts'

interface Authenticated {
  readonly person: Person
  readonly account: Account
  readonly authenticatedAt: number
}

type Begun = Omit<Pending, 'stage' | 'sealed' | 'until' | 'link'>
type Next =
  | { readonly is: 'finished' }
  | { readonly is: 'refused'; readonly refusal: Refusal }
  | { readonly is: 'stage'; readonly pending: Pending }

export async function continueAfterPassword(request: SignInRequest, password: Authenticated): Promise<void> {
  const { services, ctx, signIn } = request
  const { person, account, authenticatedAt } = password
  const { email, locale } = person
  const browser = services.browsers.digestOf(submitted(ctx).secret)
  const begun = { accountId: account.id, epoch: account.epoch, authenticatedAt, email, locale, proven: null, browser }
  const next = nextAfter(request, password, begun, openedLink(request, password))
  if (next.is === 'refused')
    return refuseSignIn({ ...request, pending: begun }, next.refusal, { accountLocale: locale })
  // A new secret at each password, since an earlier user of this browser may know the old one.
  bindBrowser(request)
  if (next.is === 'stage') return moveTo(request, next.pending)
  await services.interactions.finish(signIn, factsOf(signIn, begun))
  answerFinished(request)
}

/** The mailed link in this browser; null: the link is not required. */
function openedLink({ services, ctx, pending }: SignInRequest, { person, account }: Authenticated): Opened | null {
  const proofs = requiredProofs(account, person.roles, services.rules, services.clock.now())
  if (!proofs.both) return null
  const isSame = pending?.accountId === account.id && pending.epoch === account.epoch
  return proofsRefusal(proofs) ?? openedHere(services, ctx, account, isSame ? (pending.link ?? null) : null)
}

function nextAfter(request: SignInRequest, password: Authenticated, begun: Begun, opened: Opened | null): Next {
  const { services, signIn } = request
  const { account, person } = password
  if (account.factor.is === 'lost') return { is: 'refused', refusal: { is: 'record-lost' } }
  if (!signIn.needsSecondFactor && account.factor.is !== 'reset') return { is: 'finished' }
  if (mustEnrol(account)) {
    const closed = flowClosed(account, services.clock.now())
    if (closed) return { is: 'refused', refusal: closed }
    if (opened?.is === 'password-too-new') return { is: 'refused', refusal: opened }
    const link = opened?.is === 'opened' ? opened.link : null
    const isWaiting = opened !== null && link === null
    const waiting: Pending = { ...begun, ...waitForLink, until: signIn.expiresAt }
    return { is: 'stage', pending: isWaiting ? waiting : setUpOf(request, person, begun, link) }
  }
  // Codes that were never saved are shown after the code. The set is made now, so that a double click shows the same set.
  const sealed = mustSaveCodes(account) ? sealSetUp(request, services.sealed.newSetUp()) : null
  return {
    is: 'stage',
    pending: { ...begun, stage: 'code', ...challengeOf(request, account), sealed, until: signIn.expiresAt },
  }
}

/** The same browser keeps its secret: a second password, **Back** or another tab must not replace the scanned one. */
function setUpOf(request: SignInRequest, person: Person, begun: Begun, link: string | null): Pending {
  const { services, pending } = request
  const { accountId, epoch, authenticatedAt, browser } = begun
  const isSame = pending?.stage === 'set-up' && pending.accountId === accountId && pending.epoch === epoch
  if (isSame && openSetUp(request)) return { ...pending, authenticatedAt, browser, link }
  const sealed = sealSetUp(request, services.sealed.newSetUp(services.passkeys.areOfferedTo(person)))
  return { ...begun, stage: 'set-up', sealed, link, until: setUpUntil(request) }
}
