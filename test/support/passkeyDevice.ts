/**
 * Chromium's virtual authenticator. One page is one device: the authenticator stays with the page across origins and reloads. A call on
 * a page without one never ends. Not `context.credentials` of Playwright: it replaces `navigator.credentials` in the page.
 */
import type { CDPSession, Page } from 'playwright-core'
import type { SoftwarePasskey } from './softwareAuthenticator.ts'

type Credential = Awaited<ReturnType<typeof credentialsOf>>[number]

export interface PasskeyDevice {
  credentials(): Promise<readonly Credential[]>
  /** Another finger, or none. */
  setVerified(isVerified: boolean): Promise<void>
  /** Clears bits of its answers, or spoils the signature. */
  setBits(bits: {
    readonly isBadUV?: boolean
    readonly isBadUP?: boolean
    readonly isBogusSignature?: boolean
  }): Promise<void>
  /** Ids of the credentials that a page has removed from it. */
  readonly removed: readonly string[]
  /** Ids of the credentials that have answered, in order. */
  readonly used: readonly string[]
  /** Keeps a passkey that software has created. */
  keep(passkey: SoftwarePasskey, more: Pick<Credential, 'rpId'> & Partial<Credential>): Promise<void>
  /** Copies all of its passkeys to another device, and forgets them if that is this one. */
  copyTo(device: PasskeyDevice, more?: { readonly signCount?: number }): Promise<void>
  add(credential: Credential): Promise<void>
  /** The device is gone. */
  lose(): Promise<void>
}

async function credentialsOf(cdp: CDPSession, authenticatorId: string) {
  return (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials
}

/** @param options of the authenticator: `defaultBackupEligibility` for one that syncs */
export async function passkeyDevice(
  page: Page,
  options: {
    readonly defaultBackupEligibility?: boolean
    readonly defaultBackupState?: boolean
  } = {},
): Promise<PasskeyDevice> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...options,
    },
  })
  const removed: string[] = []
  const used: string[] = []
  cdp.on('WebAuthn.credentialDeleted', ({ credentialId }) => removed.push(credentialId))
  cdp.on('WebAuthn.credentialAsserted', ({ credential }) => used.push(credential.credentialId))
  const add = async (credential: Credential): Promise<void> =>
    void (await cdp.send('WebAuthn.addCredential', {
      authenticatorId,
      credential,
    }))
  const device: PasskeyDevice = {
    credentials: () => credentialsOf(cdp, authenticatorId),
    setVerified: async (isUserVerified) =>
      void (await cdp.send('WebAuthn.setUserVerified', {
        authenticatorId,
        isUserVerified,
      })),
    setBits: async (bits) =>
      void (await cdp.send('WebAuthn.setResponseOverrideBits', {
        authenticatorId,
        ...bits,
      })),
    removed,
    used,
    add,
    keep: ({ rawId, privateKey, count }, more) =>
      add({
        credentialId: rawId.toString('base64'),
        isResidentCredential: false,
        privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
        signCount: count,
        ...more,
      }),
    async copyTo(other, more = {}) {
      for (const credential of await credentialsOf(cdp, authenticatorId)) {
        const { credentialId } = credential
        if (other === device)
          await cdp.send('WebAuthn.removeCredential', {
            authenticatorId,
            credentialId,
          })
        await other.add({ ...credential, ...more })
      }
    },
    lose: async () =>
      void (await cdp.send('WebAuthn.removeVirtualAuthenticator', {
        authenticatorId,
      })),
  }
  return device
}
