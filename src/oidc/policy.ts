/** The interaction policy: our `two_factor` prompt between login and consent, enforced for every client. One function per check. */
import { type Client, errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { mustEnrol, mustSaveCodes } from '../core/questions.ts'
import type { Account } from '../core/account.ts'
import { type AccountPrompt, accountPromptsOf } from './accountPrompts.ts'
import { type Assurance, FRESH_SECONDS, needsSecondFactorOf } from './assurance.ts'

const { Prompt, Check, base } = interactionPolicy
export type Policy = ReturnType<typeof base>
type PolicyCheck = InstanceType<typeof Check>

/** Least `max_age` applied to a finished sign-in. Seconds: with less, its own redirects could make it too old, again and again. */
const WAY_BACK_SECONDS = 10

export interface PolicyOptions {
  readonly assurance: Assurance
  readonly accountOf: (accountId: string) => Promise<Account | null>
  /** Account prompts with a page; the others are unknown prompts. */
  readonly offered: readonly AccountPrompt[]
  readonly isFirstParty: (client: Client | undefined) => boolean
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
const accountPromptAllowed = ({ isFirstParty }: PolicyOptions): PolicyCheck =>
  new Check('account_prompt_allowed', 'the client may not ask for this prompt', 'login_required', ({ oidc }) => {
    if (accountPromptsOf(oidc.params ?? {}).length > 0 && !isFirstParty(oidc.client))
      throw new errors.UnauthorizedClient('this prompt is for first-party applications')
    return false
  })

/** The library accepts a result of any age, and most relying parties do not check `auth_time`. */
const signInTooOld = (): PolicyCheck =>
  new Check('sign_in_too_old', 'the sign-in took too long', 'login_required', ({ oidc }) => {
    const { session, params, result } = oidc
    const maxAge = params?.['max_age']
    if (maxAge === undefined || !result?.login) return false
    return Boolean(session?.past(Math.max(Number(maxAge), WAY_BACK_SECONDS)))
  })

/** The password alone allows to set up a factor, so it must be fresh. @see ASVS 7.5.1 */
const passwordTooOld = ({ accountOf, assurance }: PolicyOptions): PolicyCheck =>
  new Check('password_too_old', 'the password must be entered again', 'login_required', async (ctx) => {
    const { session, result } = ctx.oidc
    if (!session?.accountId || result?.login || !session.past(FRESH_SECONDS)) return false
    const account = await accountOf(session.accountId)
    return account !== null && isSetUpDue(ctx, account, assurance)
  })

const accountGone = (): PolicyCheck =>
  new Check('account_gone', 'the account is gone or disabled', 'login_required', ({ oidc }) =>
    Boolean(oidc.session?.accountId && !oidc.account),
  )

/** The library's check, except for first-party clients, which need `prompt=consent` for `offline_access`. */
const consentPrompt = ({ isFirstParty }: PolicyOptions): PolicyCheck =>
  new Check(
    'consent_prompt',
    'consent prompt was not resolved',
    'consent_required',
    ({ oidc }) => oidc.prompts.has('consent') && oidc.promptPending('consent') && !isFirstParty(oidc.client),
  )

const accountPromptPending = (name: AccountPrompt): PolicyCheck =>
  new Check(`${name}_prompt`, `${name} was not resolved`, 'interaction_required', ({ oidc }) =>
    oidc.promptPending(name),
  )

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

const loginChecks = [acrReachable, accountPromptAllowed, signInTooOld, passwordTooOld, accountGone]

export function withTwoFactor(policy: Policy, options: PolicyOptions): Policy {
  const login = policy.get('login')
  if (!login) throw new TypeError('the interaction policy has no login prompt')
  // The library's acr checks lead back to the password page, where no second factor can be proven: an endless loop.
  login.checks.remove('essential_acr')
  login.checks.remove('essential_acrs')
  for (const check of loginChecks) login.checks.add(check(options))
  const consent = policy.get('consent')
  if (consent?.checks.get('consent_prompt')) {
    consent.checks.remove('consent_prompt')
    consent.checks.add(consentPrompt(options))
  }
  const prompts = [
    new Prompt({ name: 'two_factor', requestable: true }, secondFactorMissing(options), setUpRequired(options)),
    ...options.offered.map((name) => new Prompt({ name, requestable: true }, accountPromptPending(name))),
  ]
  const afterLogin = policy.findIndex((prompt) => prompt.name === 'login') + 1
  for (const prompt of prompts.toReversed()) policy.add(prompt, afterLogin)
  return policy
}
