/** Pages of the set-up and of changes of the second factor. */
import { qrSvg } from '../../../src/http/pages/qr.ts'
import type { Pages } from '../../../src/http/pages/render.ts'
import { at, EMAIL, form, newPasskeyForm, passkeyForm, type Samples, type Text } from './shared.ts'

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

export async function enrolmentSamples(
  text: Text,
): Promise<
  Pick<Samples, 'set-up' | 'change' | 'backup-codes' | 'done' | 'set-up-elsewhere' | 'set-up-closed' | 'unavailable'>
> {
  const email = text(EMAIL)
  const otpauthUri = `otpauth://totp/Acme%20ID:ana.silva%40example.com?secret=${secret}&issuer=Acme%20ID`
  const setUp: Pages['set-up'] = {
    ...form,
    qrSvg: await qrSvg(otpauthUri, 'QR code'),
    secret,
    otpauthUri,
    account: email,
    issuerName: text('Acme ID'),
    forced: null,
    step: { now: 1, of: 2 },
    passkey: null,
    error: null,
    ourTime: null,
    clockAway: null,
    until: at + 1800,
    left: 1800,
    moreTime: { action: '/sign-in/abc/stay', formToken: form.formToken },
    anotherHref: '/sign-in/abc',
  }
  const codes = [
    '7K3M-9QXT-2B4F-8HWN',
    'P5RD-V1CY-6JZG-0EAS',
    'T8WX-4N2K-QM7B-3FHJ',
    '9YVC-1DRP-5GSE-Z6A0',
    'B2HN-8KXM-T4QF-7W3J',
    'E6AS-0ZGJ-Y1CV-D5RP',
    'M9QX-3K7T-F8HW-N2B4',
    'S0EA-6JZG-C1VY-P5RD',
    'X4T8-K2WN-B7QM-J3FH',
    'R5DP-V9YC-S1GE-0Z6A',
  ].map(text)
  const backupCodes: Pages['backup-codes'] = {
    ...form,
    codes,
    downloadHref: '/sign-in/abc/backup-codes.txt',
    account: email,
    at,
    until: at + 900,
    step: { now: 2, of: 2 },
    reason: 'set-up',
    error: null,
  }
  const change: Pages['change'] = {
    ...form,
    what: 'replace',
    isWeak: false,
    codesLeft: 10,
    asksCode: true,
    passkey: null,
    error: null,
    ourTime: null,
    backupHref: '/sign-in/abc/backup-code',
    cancel: form,
  }

  return {
    'set-up': {
      first: setUp,
      forced: { ...setUp, forced: { at, byAdministrator: true } },
      'forced-otherwise': { ...setUp, forced: { at, byAdministrator: false } },
      replacing: { ...setUp, replacing: true, moreTime: null, cancel: form, anotherHref: null },
      'incorrect again': { ...setUp, error: 'incorrect', ourTime: at },
      passkey: { ...setUp, passkey: newPasskeyForm },
      'passkey forced': { ...setUp, passkey: newPasskeyForm, forced: { at, byAdministrator: true } },
      'passkey refused': { ...setUp, passkey: { ...newPasskeyForm, error: 'incorrect' } },
      'passkey and a wrong code': { ...setUp, passkey: newPasskeyForm, error: 'incorrect' },
      ending: { ...setUp, left: 110 },
      empty: { ...setUp, error: 'empty' },
      malformed: { ...setUp, error: 'malformed' },
      incorrect: { ...setUp, error: 'incorrect', forced: { at, byAdministrator: true } },
      clock: { ...setUp, error: 'incorrect', ourTime: at, clockAway: -90 },
    },
    change: {
      replace: change,
      'replace-incorrect': { ...change, error: 'incorrect', ourTime: at },
      manage: { ...change, what: 'manage', passkey: passkeyForm, backupHref: null },
      renew: { ...change, what: 'renew', codesLeft: 3, backupHref: null },
      password: { ...change, what: 'password' },
      'renew-last': { ...change, what: 'renew', codesLeft: 1, backupHref: null },
      passkey: { ...change, passkey: passkeyForm },
      'passkey alone': { ...change, passkey: passkeyForm, asksCode: false },
      'passkey refused': { ...change, passkey: { ...passkeyForm, error: 'incorrect' } },
      'passkey and a wrong code': { ...change, passkey: passkeyForm, error: 'incorrect' },
      'proven-already': { ...change, asksCode: false },
      weak: { ...change, asksCode: false, isWeak: true },
    },
    'backup-codes': {
      fresh: backupCodes,
      unticked: { ...backupCodes, error: 'unticked' },
      renewed: { ...backupCodes, reason: 'renewed', step: null },
    },
    done: {
      'signing-in': {
        continueTo: { href: 'https://id.example.com/auth/abc', name: text('Sample app') },
        signInHref: '/account',
        kind: 'app',
      },
      'with a passkey': {
        continueTo: { href: 'https://id.example.com/auth/abc', name: text('Sample app') },
        signInHref: '/account',
        kind: 'passkey',
      },
      'by-link': { continueTo: null, signInHref: '/account', kind: 'app' },
    },
    'set-up-elsewhere': { only: { signInHref: '/account' } },
    'set-up-closed': {
      frozen: { why: 'frozen', signInHref: '/account' },
      expired: { why: 'expired', signInHref: '/account' },
      'password too new': { why: 'password-too-new', from: at, signInHref: '/account' },
    },
    unavailable: {
      only: { reference: text('b7f2-41c9'), isHost: false, signInHref: '/account' },
      host: { reference: text('b7f2-41c9'), isHost: true, signInHref: null },
    },
  }
}
