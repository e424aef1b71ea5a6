/** Creates all services from a host's options. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { observed, storedAudit } from './accounts/audit.ts'
import { leaseFor } from './accounts/dispatch.ts'
import { createEffects, type Effects } from './accounts/effects.ts'
import { createSignInLog } from './service/signInLog.ts'
import { requiredProofs } from './core/proofs.ts'
import { createSealing } from './crypto/sealing.ts'
import { clientSecret } from './crypto/tokens.ts'
import { createDoctor } from './doctor/doctor.ts'
import type { Services } from './http/context.ts'
import { createForms } from './http/formTokens.ts'
import { hrefOf } from './http/paths.ts'
import { createViews } from './http/pages/render.ts'
import { createSignInBrowsers } from './http/signInBrowsers.ts'
import { chooseLanguage } from './i18n/chooseLanguage.ts'
import { createLimiter } from './service/limiter.ts'
import { imageSources } from './logos.ts'
import { createSender } from './mail/sender.ts'
import { templates } from './mail/templates.ts'
import { createApplications } from './oidc/applications.ts'
import { type Assurance, isTwoFactor } from './oidc/assurance.ts'
import { type Attachment, createAttachment } from './oidc/attachment.ts'
import { createTokenVerifier } from './oidc/bearer.ts'
import { type ClientLogout, createClientLogout } from './oidc/clientLogout.ts'
import { type ClientTrust, createClientTrust } from './oidc/clientTrust.ts'
import { createPossession } from './oidc/dpop.ts'
import { firstPartyClientId } from './oidc/firstPartyClients.ts'
import { createFirstPartySignIns } from './oidc/firstPartySignIn.ts'
import { createInteractions } from './oidc/interactions.ts'
import { managementResource } from './oidc/resources.ts'
import { createRevocation, type Revocation } from './oidc/revocation.ts'
import { createSessions } from './oidc/sessions.ts'
import type { CompleteOptions } from './options.ts'
import { createPasswordRequests } from './service/passwordRequests.ts'
import { createAccountChanges } from './service/accountChanges.ts'
import { createActs } from './service/act.ts'
import { createEnrolments } from './service/enrolment.ts'
import { createNotifyFactor } from './service/notifyFactor.ts'
import { createLinks } from './service/links.ts'
import { createPasswords } from './service/passwords.ts'
import { createSealed } from './service/sealed.ts'
import { createAdoption } from './service/adoption.ts'
import { sayOnStderr } from './doctor/examined.ts'
import { unsaidFactors } from './doctor/factors.ts'
import { createExistingFactors } from './service/existingFactors.ts'
import { createFirstRecord } from './service/foreignFactor.ts'
import { createOwnAuthenticators } from './service/ownAuthenticators.ts'
import { createPasskeys } from './service/passkeys.ts'
import { createSignIns } from './service/signIn.ts'
import { outsideRequest } from './store/requestDeadline.ts'

interface Parts extends CompleteOptions {
  readonly idKey: Uint8Array
  readonly assurance: Assurance
  readonly trust: ClientTrust
  readonly attachment: Attachment
  readonly clientLogout: ClientLogout
  readonly revocation: Revocation
}

export function wire(options: CompleteOptions) {
  const { issuer, baseUrl, store, clock, onError, directory } = options
  const idKey = options.keys.at(-1)?.key
  if (!idKey) throw new TypeError('keys: at least one')
  const audit = observed(options.audit ?? storedAudit(store.journal('audit'), options.clock), options.onAudit)
  const { onAuditDropped: onDropped } = options
  const signInLog = createSignInLog({ audit, directory, clock, idKey, onDropped, onError })
  const attachment = createAttachment({ ...options, artefacts: store.artefacts }, options)
  const clientLogout = createClientLogout(attachment.provider, onError)
  const revocation = createRevocation(attachment.rows, clientLogout)
  const trust = createClientTrust(options)
  const { acr, required } = options
  const assurance = { ...acr, required, ofHost: attachment.acrValues, ignoresUnknown: trust.ignoresUnknownAcr }
  const parts: Parts = { ...options, idKey, assurance, attachment, clientLogout, revocation, trust }
  const { accounts, useCases, notifyFactor } = wireAccounts(parts, audit)
  const { records, artefacts } = store
  const send = useCases.passwords.sendPasswordLink
  const passwordRequests = createPasswordRequests({ artefacts, directory, clock, send, onError })
  const background = createBackground(onError)
  const provider = wireProvider(parts, signInLog)
  const sealing = createSealing(options.keys, 'browser')
  const { brand, logos, base, secure, cookiePath, languages } = options
  const services: Services = {
    ...options,
    ...provider.services,
    audit,
    signInLog,
    passwordRequests,
    limiter: createLimiter({ counters: store.counters, key: idKey }),
    twoFactorAcr: assurance.twoFactor,
    isTwoFactorAcr: (value) => isTwoFactor(value, assurance),
    openApps: attachment.openApps,
    signInUrl: hrefOf(options, options.signInUrl),
    managementResource: managementResource(baseUrl),
    accounts,
    ...useCases,
    notifyFactor,
    afterwards: background.begin,
    count: revocation.count,
    sealing,
    forms: createForms({ sealing, clock, issuer, base, secure, cookiePath }),
    views: createViews({ brand, logos, base, languages, wordsOf: options.wordsOf, own: options.viewsDirectory }),
    images: imageSources(logos),
  }
  const existingFactors = createExistingFactors({ ...options, records, artefacts, findings: unsaidFactors })
  return {
    ...provider,
    services,
    adoption: useCases.adoption,
    existingFactors,
    assurance,
    attachment,
    signInLog,
    background,
    doctor: createDoctor(sayOnStderr),
    unboundSignIns: { count: 0 },
    unstampedSignIns: { count: 0 },
  }
}

interface WiredAccounts {
  readonly accounts: Accounts
  readonly useCases: UseCases
  readonly notifyFactor: Services['notifyFactor']
}

function wireAccounts(parts: Parts, audit: Services['audit']): WiredAccounts {
  const { issuer, store, directory, rules, brand, onError, revocation, languages } = parts
  const accounts = createAccounts({
    ...parts,
    records: store.records,
    effects: () => effects,
    firstRecord: (id) => useCases.firstRecord(id),
    lease: leaseFor(parts.mail),
  })
  const useCases = wireUseCases(parts, accounts)
  const wordsFor = (locale: string | null) =>
    parts.wordsOf(chooseLanguage({ account: locale, available: languages, fallback: languages[0] ?? 'en' }))
  const notifyFactor = createNotifyFactor({ directory, accounts, rules })
  const effects: Effects = createEffects({
    audit,
    directory,
    notifyFactor,
    post: createSender(parts.mail, templates({ issuer, brand, words: wordsFor, own: parts.viewsDirectory })),
    proofsOf: (account, { roles }, now) => requiredProofs(account, roles, rules, now),
    openLink: useCases.links.openSealedLink,
    openPassword: useCases.passwords.openPassword,
    purge: revocation.purge,
    onError,
  })
  return { accounts, useCases, notifyFactor }
}

type UseCases = ReturnType<typeof wireUseCases>

function wireUseCases(parts: Parts, accounts: Accounts) {
  const { baseUrl, store, directory, clock, rules, keys, idKey, onError, passkeys: settings } = parts
  const common = { accounts, sealing: createSealing(keys, 'record'), directory, clock, rules }
  const below = (path: string) => `${baseUrl}/${path}`
  const linkBases = { reset: below('two-factor/reset'), invitation: below('invitation'), password: below('password') }
  const links = createLinks({ ...common, artefacts: store.artefacts, linkBases })
  const [sealed, passkeys] = [createSealed(common), createPasskeys({ ...common, settings })]
  return {
    links,
    sealed,
    passwords: createPasswords({
      ...common,
      makeLink: (accountId, id, indexSeconds) => links.newLink(accountId, 'password', id, indexSeconds),
    }),
    signIns: createSignIns({ ...common, sealed, passkeys, newLink: links.newLink }),
    passkeys,
    ownAuthenticators: createOwnAuthenticators({ ...common, passkeys }),
    enrolments: createEnrolments({ ...common, sealed, passkeys }),
    adoption: createAdoption({ ...common, sealed }),
    firstRecord: createFirstRecord({ ...common, sealed, onError }),
    accountChanges: createAccountChanges(accounts),
    actOf: createActs(idKey),
  }
}

function wireProvider(parts: Parts, signInLog: Services['signInLog']) {
  const { issuer, baseUrl, clientIds, store, directory, clock, apps, idKey } = parts
  const { assurance, attachment, clientLogout, trust } = parts
  const { provider, urlFor, rows, hasPage, signInSeconds } = attachment
  const secretOf = (clientId: string): string => clientSecret(idKey, clientId)
  const { openApps, firstPartyMethods: methods } = attachment
  const firstPartyClients = { issuer, baseUrl, clientIds, secretOf, methods, openApps }
  const browsers = createSignInBrowsers(parts)
  const sessions = createSessions({ artefacts: store.artefacts, rows, clock, provider, urlFor, clientLogout })
  const interactions = createInteractions({
    provider,
    assurance,
    browsers,
    hasPage,
    signInSeconds,
    clock,
    clientLogout,
    onReplaced: ({ device, ...session }) =>
      signInLog.record({
        ...session,
        type: 'signed_out',
        reason: 'replaced',
        caller: { requestId: null, address: null, device },
      }),
  })
  return {
    firstPartyClients,
    trust,
    services: {
      browsers,
      sessions,
      interactions,
      applications: createApplications(
        rows,
        sessions,
        apps.map((app) => firstPartyClientId(clientIds, app)),
      ),
      bearer: createTokenVerifier({
        provider,
        directory,
        possession: createPossession(provider, attachment.configuration, clock),
        mayStillHave: (clientId, resource, scope) =>
          resource !== managementResource(baseUrl) || trust.scopesOf(clientId).has(scope),
      }),
      firstPartySignIns: createFirstPartySignIns({
        ...firstPartyClients,
        provider,
        urlFor,
        mountPath: parts.mountPath,
        twoFactorAcr: assurance.twoFactor,
      }),
    },
  }
}

/** Work that begins after an answer. */
function createBackground(onError: CompleteOptions['onError']) {
  const running = new Set<Promise<unknown>>()
  const begin: Services['afterwards'] = (work, doing) => {
    // In another turn of the event loop, so that the answer is sent first.
    const run = outsideRequest(() => nextTurn().then(work))
      .catch((error: unknown) => onError(error, doing))
      .finally(() => running.delete(run))
    running.add(run)
  }
  return { begin, done: () => Promise.all(running) }
}
