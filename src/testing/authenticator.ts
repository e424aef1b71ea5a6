/** An authenticator app for tests. */
import { codeAt } from '../crypto/totp.ts'

export interface Authenticator {
  /** The code at this time. Epoch seconds. */
  code(now: number): string
}

/** @param secret Base32, as on the set-up page with or without spaces, or an `otpauth:` URI */
export function authenticator(secret: string): Authenticator {
  const text = secret.startsWith('otpauth:') ? (new URL(secret).searchParams.get('secret') ?? '') : secret
  const base32 = text.replaceAll(/[\s-]/g, '').toUpperCase()
  return { code: (now) => codeAt(base32, now) }
}
