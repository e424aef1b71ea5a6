/** The interaction policy: our `two_factor` prompt between login and consent, enforced for every client. One function per check. */
import { type Client, errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { mustEnrol, mustReplace, mustSaveCodes } from '../core/questions.ts'
import type { Account } from '../core/account.ts'
import { type AccountPrompt, accountPromptsOf, fulfilledBy } from './accountPrompts.ts'
import { type Assurance, FRESH_SECONDS, isForHost, needsSecondFactorOf } from './assurance.ts'
import { refusalOf } from './findAccount.ts'
import { answeredHere, keepNamedSubject } from './internals.ts'

const { Prompt, Check, base } = interactionPolicy
export type Policy = ReturnType<typeof base>
type PolicyCheck = InstanceType<typeof Check>
type PolicyPrompt = InstanceType<typeof Prompt>

/** A page of the host's answers again and again what is refused again and again; browsers would follow for ever. */
export class RefusedTwice extends errors.AccessDenied {}

/** The account has a second factor that cannot be checked. */
export class RecordLost extends errors.AccessDenied {}

/** Whether the page that asks has its answer refused for this reason a second time. @throws RefusedTwice */
function comesAgain({ oidc }: KoaContextWithOIDC, reason: string, { asksPassword }: PolicyOptions): true {
  if (!asksPassword() && oidc.entities.Interaction?.prompt.reasons.includes(reason))
    throw answeredHere(new RefusedTwice(reason), 403)
  return true
}

/** Least `max_age` applied to a finished sign-in. Seconds: with less, its own redirects could make it too old, again and again. */
const WAY_BACK_SECONDS = 10

export interface PolicyOptions {
  readonly assurance: Assurance
  readonly accountOf: (accountId: string) => Promise<Account | null>
  /** Account prompts with a page; the others are unknown prompts. */
  readonly offered: readonly AccountPrompt[]
  /** Whether a client may ask for changes of one's own account. */
  readonly mayChangeAccount: (client: Client | undefined) => boolean
  readonly needsNoConsent: (client: Client | undefined) => boolean
  /** Whether a page of ours can ask for the password again; else the host's does. */
  readonly asksPassword: () => boolean
}

const needsSecondFactor = ({ oidc }: KoaContextWithOIDC, assurance: Assurance): boolean =>
  needsSecondFactorOf(oidc.params ?? {}, assurance)

/** The first factor if the request needs one; after a reset always, also when a host's page took the password. */
const isSetUpDue = (ctx: KoaContextWithOIDC, account: Account, assurance: Assurance): boolean =>
  account.factor.is === 'reset' || (mustEnrol(account) && needsSecondFactor(ctx, assurance))

/** Refuses before the password is asked. */
const acrReachable = ({ assurance }: PolicyOptions): PolicyCheck =>
  new Check('acr_reachable', 'the requested acr cannot be reached', 'login_required', (ctx) => {
    needsSecondFactor(ctx, assurance) // throws the error that the relying party gets
    return false
  })

/** Only first-party clients: a page of ours would lend another application its trust. */
const accountPromptAllowed = ({ mayChangeAccount }: PolicyOptions): PolicyCheck =>
  new Check('account_prompt_allowed', 'the client may not ask for this prompt', 'login_required', ({ oidc }) => {
    if (accountPromptsOf(oidc.params ?? {}).length > 0 && !mayChangeAccount(oidc.client))
      throw new errors.UnauthorizedClient('this prompt is for first-party applications')
    return false
  })

/** An account is selected by signing in: the browser has one session. @see OpenID Connect Core §3.1.2.1 */
const accountNotSelected = (): PolicyCheck =>
  new Check(
    'select_account',
    'the account must be selected',
    'account_selection_required',
    ({ oidc }) => oidc.prompts.has('select_account') && !oidc.result?.login,
  )

/** The library accepts a result of any age, and most relying parties do not check `auth_time`. */
const signInTooOld = (): PolicyCheck =>
  new Check('sign_in_too_old', 'the sign-in took too long', 'login_required', ({ oidc }) => {
    const { session, params, result } = oidc
    const maxAge = params?.['max_age']
    if (maxAge === undefined || !result?.login) return false
    return Boolean(session?.past(Math.max(Number(maxAge), WAY_BACK_SECONDS)))
  })

/** A factor is set up on the strength of the password, so that must be fresh. @see ASVS 7.5.1 */
const passwordTooOld = (options: PolicyOptions): PolicyCheck =>
  new Check('password_too_old', 'the password must be entered again', 'login_required', async (ctx) => {
    const { session, result } = ctx.oidc
    if (!session?.accountId || !session.past(FRESH_SECONDS) || (result?.login && options.asksPassword())) return false
    const account = await options.accountOf(session.accountId)
    if (account === null || !isSetUpDue(ctx, account, options.assurance)) return false
    return result?.login ? comesAgain(ctx, 'password_too_old', options) : true
  })

const signInRefused = (options: PolicyOptions): PolicyCheck =>
  new Check('sign_in_refused', 'the sign-in was not accepted', 'login_required', (ctx) => {
    const refusal = refusalOf(ctx)
    // No further password helps.
    if (refusal === 'record-lost') throw answeredHere(new RecordLost('the account needs an administrator'), 403)
    return refusal === null ? false : comesAgain(ctx, 'sign_in_refused', options)
  })

const accountGone = (): PolicyCheck =>
  new Check('account_gone', 'the account is gone or disabled', 'login_required', ({ oidc }) =>
    Boolean(oidc.session?.accountId && !oidc.account),
  )

/** The stock check, except for first-party clients: `offline_access` makes them ask for consent by name. */
const consentPrompt = ({ needsNoConsent }: PolicyOptions): PolicyCheck =>
  new Check(
    'consent_prompt',
    'consent prompt was not resolved',
    'consent_required',
    ({ oidc }) => oidc.prompts.has('consent') && oidc.promptPending('consent') && !needsNoConsent(oidc.client),
  )

const accountPromptPending = (name: AccountPrompt): PolicyCheck =>
  new Check(`${name}_prompt`, `${name} was not resolved`, 'interaction_required', ({ oidc }) =>
    oidc.promptPending(name),
  )

/** At the end of a sign-in on our pages, never in a silent request: a weak authenticator made elsewhere is replaced by one of ours. */
const replacementDue = ({ accountOf }: PolicyOptions): PolicyCheck =>
  new Check('replacement_due', 'the authenticator is to be replaced', 'interaction_required', async ({ oidc }) => {
    const { session, result } = oidc
    if (!session?.accountId || !session.twoFactor?.at || !result?.login) return false
    // A replacement makes new backup codes: those that this sign-in has just shown would be void.
    if (fulfilledBy(result).includes('new_backup_codes')) return false
    const account = await accountOf(session.accountId)
    return account !== null && mustReplace(account)
  })

const secondFactorMissing = ({ assurance }: PolicyOptions): PolicyCheck =>
  new Check('second_factor_missing', 'a second factor is required', 'interaction_required', (ctx) => {
    const needed = needsSecondFactor(ctx, assurance)
    return needed && !ctx.oidc.session?.twoFactor?.at
  })

const setUpRequired = ({ accountOf, assurance }: PolicyOptions): PolicyCheck =>
  new Check('set_up_required', 'the account needs attention', 'interaction_required', async (ctx) => {
    const accountId = ctx.oidc.session?.accountId
    const account = accountId ? await accountOf(accountId) : null
    return !account || mustSaveCodes(account) || isSetUpDue(ctx, account, assurance)
  })

const checksOf = (name: AccountPrompt, options: PolicyOptions): PolicyCheck[] => [
  accountPromptPending(name),
  ...(name === 'replace_authenticator' ? [replacementDue(options)] : []),
]

const loginChecks = [acrReachable, accountPromptAllowed, signInRefused, signInTooOld, passwordTooOld, accountGone]

/** Stock acr checks send people back to the password, where a second factor can never be proven: an endless login. */
function leaveAcrsOfHost(login: PolicyPrompt, { assurance }: PolicyOptions): void {
  for (const reason of ['essential_acr', 'essential_acrs']) {
    const stock = login.checks.get(reason)
    if (!stock) continue
    const { description, error, check, details } = stock
    const isFailing: typeof check = (ctx) => isForHost(ctx.oidc.params ?? {}, assurance) && check(ctx)
    login.checks.remove(reason)
    login.checks.add(new Check(reason, description, error ?? 'login_required', isFailing, details))
  }
}

/**
 * A request for one person that another person answers: the login would ask again and again. The one who signed in is not the one who
 * was asked for, which the relying party gets to know. @see OpenID Connect Core §3.1.2.1, §5.5.1
 */
function endAtAnotherPerson(login: PolicyPrompt): void {
  for (const reason of ['id_token_hint', 'claims_id_token_sub_value']) {
    const stock = login.checks.get(reason)
    if (!stock) continue
    const { description, error, check, details } = stock
    const isFailing: typeof check = async (ctx) => {
      keepNamedSubject(ctx)
      const isAnother = await check(ctx)
      if (isAnother && ctx.oidc.result?.login) throw new errors.LoginRequired(description)
      return isAnother
    }
    login.checks.remove(reason)
    login.checks.add(new Check(reason, description, error ?? 'login_required', isFailing, details))
  }
}

/** Policies that have our prompts already. */
const extended = new WeakSet<Policy>()

/** The host's prompts in their order, ours right after login. The given policy stays as it is. */
export function withTwoFactor(given: Policy | undefined, options: PolicyOptions): Policy {
  if (given && extended.has(given)) return given
  const policy = given ? copyOf(given) : base()
  extended.add(policy)
  const login = policy.get('login')
  if (!login) throw new TypeError('interactions.policy has no prompt login: start from interactionPolicy.base()')
  leaveAcrsOfHost(login, options)
  endAtAnotherPerson(login)
  for (const check of loginChecks) login.checks.add(check(options))
  if (!policy.get('select_account')) {
    login.checks.add(accountNotSelected())
    policy.add(selectedAtLogin())
  }
  const consent = policy.get('consent')
  if (consent?.checks.get('consent_prompt')) {
    consent.checks.remove('consent_prompt')
    consent.checks.add(consentPrompt(options))
  }
  const prompts = [
    new Prompt({ name: 'two_factor', requestable: true }, secondFactorMissing(options), setUpRequired(options)),
    ...options.offered.map((name) => new Prompt({ name, requestable: true }, ...checksOf(name, options))),
  ]
  const afterLogin = policy.findIndex((prompt) => prompt.name === 'login') + 1
  for (const prompt of prompts.toReversed()) policy.add(prompt, afterLogin)
  return policy
}

/** Makes the library accept `prompt=select_account`, which the login answers. */
function selectedAtLogin(): PolicyPrompt {
  const prompt = new Prompt({ name: 'select_account', requestable: true })
  prompt.checks.clear()
  return prompt
}

/** A policy used for two providers must not get our prompts twice. */
function copyOf(given: Policy): Policy {
  const policy = base()
  policy.clear()
  for (const prompt of given) {
    const copy = new Prompt({ name: prompt.name, requestable: prompt.requestable }, prompt.details)
    copy.checks.clear()
    for (const check of prompt.checks) copy.checks.add(check)
    policy.add(copy)
  }
  return policy
}
