/** Maps the configuration to options of `createRekey`. */
import type { RekeyOptions } from '../options.ts'
import { notedAddress } from './clientAddress.ts'
import type { Configuration } from './configuration/configuration.ts'

type FromConfiguration = Omit<RekeyOptions, 'store' | 'directory' | 'clock' | 'mail' | 'keys' | `on${string}`>

export function optionsOf(configuration: Configuration): FromConfiguration {
  const { twoFactor, acr, reset } = configuration
  return {
    issuer: configuration.issuer,
    allowPlainHttp: configuration.allowPlainHttp,
    brand: configuration.brand,
    ...(configuration.locales && { languages: configuration.locales }),
    localesDirectory: configuration.wordsDirectory,
    issuerName: twoFactor.issuerName,
    signInUrl: configuration.signInUrl,
    required: twoFactor.required,
    acr,
    passkeys: passkeysOf(configuration),
    requireReason: reset.requireReason,
    helpdeskGroups: configuration.helpdesk.groups,
    outgoing: configuration.outgoing,
    keepAudit: {
      days: configuration.audit.keepDays,
      refusalsDays: configuration.audit.keepRefusalsDays,
      onlyExported: configuration.audit.onlyExported,
    },
    clientAddress: notedAddress,
    anonymousWritesPerMinute: configuration.anonymous.writesPerMinute,
    refreshLeewaySeconds: configuration.refreshLeewaySeconds,
    managementTokenSeconds: configuration.ttl.managementTokenSeconds,
    // Imports bring factors along, so that people without a record have none.
    existingFactors: 'none',
    rules: rulesOf(configuration),
  }
}

const passkeysOf = ({ passkeys: { offer, rpId, rpName } }: Configuration): NonNullable<RekeyOptions['passkeys']> => ({
  offer,
  ...(rpId !== undefined && { rpId }),
  ...(rpName !== undefined && { rpName }),
})

function rulesOf({
  reset,
  invitation,
  stepUp,
  attempts,
  passwordAttempts,
  passwordLinks,
}: Configuration): NonNullable<RekeyOptions['rules']> {
  return {
    profile: reset.profile,
    strictRoles: reset.strictRoles,
    linkLifetimeSeconds: reset.linkLifetimeSeconds,
    signInLifetimeSeconds: reset.signInLifetimeSeconds,
    linksPerHour: reset.linksPerHour,
    invitationLifetimeSeconds: invitation.lifetimeSeconds,
    actsPerHour: stepUp.actsPerHour,
    stepUpMaxAgeSeconds: stepUp.maxAgeSeconds,
    stepUpMinFactorAgeSeconds: stepUp.minFactorAgeSeconds,
    freeAttempts: attempts.free,
    firstPauseSeconds: attempts.firstPauseSeconds,
    longestPauseSeconds: attempts.longestPauseSeconds,
    lockAfter: attempts.lockAfter,
    mailsPerHour: stepUp.mailsPerHour,
    passwordLinksPerNetwork: passwordLinks.fromNetworkPerHour,
    passwordLinksPerBrowser: passwordLinks.fromBrowserPerHour,
    passwordLinkLifetimeSeconds: passwordLinks.lifetimeSeconds,
    passwordFreeAttempts: passwordAttempts.free,
    passwordFirstPauseSeconds: passwordAttempts.firstPauseSeconds,
    passwordLongestPauseSeconds: passwordAttempts.longestPauseSeconds,
    passwordsPerAccount: passwordAttempts.perAccountPerHour,
    passwordsPerNetwork: passwordAttempts.perNetworkPerHour,
  }
}
