/** Pages of a sign-in. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { at, EMAIL, form, passkeyForm, type Samples, type Text } from './shared.ts'

export function signInSamples(
  text: Text,
): Pick<
  Samples,
  | 'sign-in'
  | 'challenge'
  | 'passkey'
  | 'backup-code'
  | 'begin-set-up'
  | 'check-email'
  | 'enter-password'
  | 'change-password'
  | 'consent'
  | 'paused'
  | 'interrupted'
  | 'continue'
  | 'log-out'
  | 'logged-out'
> {
  const email = text(EMAIL)
  const challenge: Pages['challenge'] = {
    ...form,
    error: null,
    ourTime: null,
    backupHref: '/sign-in/abc/backup-code',
    notYouHref: '/sign-in/abc/not-you',
  }
  const passkey: Pages['passkey'] = {
    ...form,
    passkey: passkeyForm,
    codeHref: '/sign-in/abc/code',
    backupHref: '/sign-in/abc/backup-code',
    notYouHref: '/sign-in/abc/not-you',
  }
  const checkEmail: Pages['check-email'] = {
    ...form,
    account: email,
    email: 'sent',
    error: null,
    said: null,
    again: { action: '/sign-in/abc/check-email/again', formToken: form.formToken },
    notYouHref: '/sign-in/abc',
  }
  const signIn: Pages['sign-in'] = { ...form, email: '', error: null, forgottenHref: '/password' }

  return {
    'sign-in': {
      fresh: signIn,
      empty: { ...signIn, error: 'empty' },
      mismatch: { ...signIn, email, error: 'mismatch' },
    },
    challenge: {
      fresh: challenge,
      empty: { ...challenge, error: 'empty' },
      malformed: { ...challenge, error: 'malformed' },
      incorrect: { ...challenge, error: 'incorrect' },
      clock: { ...challenge, error: 'incorrect', ourTime: at },
      'looks-like-backup-code': { ...challenge, error: 'looks-like-backup-code' },
    },
    passkey: {
      fresh: passkey,
      'without-app': { ...passkey, codeHref: null },
      incorrect: { ...passkey, passkey: { ...passkeyForm, error: 'incorrect' } },
      unverified: { ...passkey, passkey: { ...passkeyForm, error: 'unverified' } },
      stale: { ...passkey, passkey: { ...passkeyForm, error: 'stale' } },
    },
    'backup-code': {
      fresh: { ...form, error: null, challengeHref: '/sign-in/abc', notYouHref: '/sign-in/abc' },
      empty: { ...form, error: 'empty', challengeHref: '/sign-in/abc', notYouHref: '/sign-in/abc' },
      incorrect: { ...form, error: 'incorrect', challengeHref: '/sign-in/abc', notYouHref: '/sign-in/abc' },
    },
    'begin-set-up': {
      first: { ...form, forced: null, notYouHref: '/sign-in/abc' },
      forced: { ...form, forced: { at }, notYouHref: null },
    },
    'check-email': {
      fresh: checkEmail,
      sent: { ...checkEmail, said: 'sent' },
      'not-here': { ...checkEmail, error: 'not-here' },
      replaced: { ...checkEmail, error: 'replaced' },
      expired: { ...checkEmail, email: 'expired' },
      'expired-error': { ...checkEmail, email: 'expired', error: 'expired' },
      cancelled: { ...checkEmail, email: 'cancelled' },
      revoked: { ...checkEmail, email: 'revoked', again: null },
    },
    'enter-password': {
      fresh: { ...form, email, error: null },
      empty: { ...form, email, error: 'empty' },
      mismatch: { ...form, email, error: 'mismatch' },
    },
    'change-password': {
      fresh: { ...form, email, error: null, cancel: { action: '/sign-in/abc/cancel', formToken: 'one-time-token' } },
      mismatch: { ...form, email, error: 'mismatch', cancel: null },
      short: { ...form, email, error: 'short', cancel: null },
    },
    consent: {
      some: {
        ...form,
        notYouHref: '/sign-in/abc',
        accountHref: '/account',
        client: { name: text('Sample app'), host: text('app.example.org') },
        email,
        scopes: [
          { name: 'openid', words: text('Know who you are') },
          { name: 'email', words: text('See your email address') },
        ],
      },
      none: {
        ...form,
        notYouHref: null,
        accountHref: null,
        client: { name: text('Sample app'), host: text('app.example.org') },
        email,
        scopes: [],
      },
    },
    paused: {
      'for-a-while': { until: at + 30, startAgainHref: '/auth?client_id=app', forgottenHref: '/password' },
      locked: { until: null, startAgainHref: '/auth?client_id=app', forgottenHref: '/password' },
    },
    interrupted: {
      disabled: { startAgainHref: '/auth?client_id=sample', reason: 'disabled' },
      reset: { reason: 'reset', startAgainHref: '/auth?client_id=sample' },
      over: { reason: 'over', startAgainHref: '/auth?client_id=sample' },
      expired: { reason: 'expired', startAgainHref: '/auth?client_id=sample' },
      'expired set-up': {
        reason: 'expired',
        startAgainHref: '/auth?client_id=sample',
        entry: { issuer: text('Acme ID'), account: email },
      },
      'expired link': { reason: 'expired', startAgainHref: null, byLink: 'reset', signInHref: '/account' },
      elsewhere: { reason: 'elsewhere', startAgainHref: '/auth?client_id=sample' },
      saved: { reason: 'saved', startAgainHref: '/auth?client_id=sample' },
    },
    continue: {
      'sign-in': {
        kind: 'sign-in',
        client: text('Sample app'),
        href: 'https://app.example.org/callback?code=a&state=b',
      },
      link: { kind: 'link', client: null, href: 'https://app.example.org/' },
      back: { kind: 'back', client: text('Your security'), href: '/callback?error=access_denied' },
      'log-out': { kind: 'log-out', client: null, href: 'https://app.example.org/' },
    },
    'log-out': {
      request: {
        client: text('Sample app'),
        form: '<form id="op.logoutForm" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="x"/></form>',
      },
      alone: {
        client: null,
        form: '<form id="op.logoutForm" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="x"/></form>',
      },
    },
    'logged-out': {
      from: { client: text('Sample app'), signInHref: null },
      alone: { client: null, signInHref: null },
      'of a first-party app': { client: null, signInHref: '/account' },
    },
  }
}
