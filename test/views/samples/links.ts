/** Pages of mailed links and of forgotten passwords. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { at, EMAIL, form, type Samples, type Text } from './shared.ts'

export function linksSamples(
  text: Text,
): Pick<Samples, 'link' | 'choose-password' | 'link-renewed' | 'forgotten' | 'link-sent' | 'dead-link'> {
  const email = text(EMAIL)
  const link: Pages['link'] = {
    ...form,
    purpose: 'reset',
    maskedEmail: text('a…a@example.com'),
    expiresAt: at + 28_800,
    asksPassword: false,
    other: null,
  }
  const dead = { purpose: 'reset' as const, at, signInHref: '/account', renew: null, againHref: null }

  return {
    link: {
      fresh: link,
      strict: { ...link, asksPassword: true },
      'of another': {
        ...link,
        other: { email: text('ben@example.com'), signOutHref: '/session/end' },
      },
      invitation: { ...link, purpose: 'invitation' },
      password: { ...link, purpose: 'password' },
    },
    'choose-password': {
      fresh: { ...form, email, step: { now: 1, of: 3 }, isFirst: true, error: null },
      another: { ...form, email, step: null, isFirst: false, error: null },
      common: { ...form, email, step: { now: 1, of: 3 }, isFirst: true, error: 'common' },
    },
    'link-renewed': {
      only: { purpose: 'reset', maskedEmail: text('a…@example.com'), signInHref: '/account' },
      invitation: { purpose: 'invitation', maskedEmail: text('a…@example.com'), signInHref: '/account' },
    },
    forgotten: {
      fresh: { ...form, email: '', error: null, signInHref: '/account' },
      empty: { ...form, email: text(' '), error: 'empty', signInHref: '/account' },
    },
    'link-sent': {
      sent: { againHref: '/password', signInHref: '/account', valid: { unit: 'hours', count: 1 } },
      'valid for minutes': { againHref: '/password', signInHref: '/account', valid: { unit: 'minutes', count: 90 } },
    },
    'dead-link': {
      expired: { ...dead, why: 'expired', renew: form },
      'expired for good': { ...dead, why: 'expired' },
      used: { ...dead, why: 'used' },
      'not needed': { ...dead, why: 'used', viaSignIn: true },
      replaced: { ...dead, why: 'replaced' },
      cancelled: { ...dead, why: 'cancelled' },
      unknown: { ...dead, why: 'unknown', at: null },
      'used invitation': { ...dead, purpose: 'invitation', why: 'used' },
      'expired password': { ...dead, purpose: 'password', why: 'expired', againHref: '/password' },
      'used password': { ...dead, purpose: 'password', why: 'used', againHref: '/password' },
      'expired invitation': { ...dead, purpose: 'invitation', why: 'expired', renew: form },
      'invitation expired for good': { ...dead, purpose: 'invitation', why: 'expired' },
    },
  }
}
