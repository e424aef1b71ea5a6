/** The account page, error pages, and pages of the development server. */
import type { Pages } from '../../../src/http/pages/render.ts'
import { ownAuthenticators } from './authenticators.ts'
import { at, form, type Samples, type Text } from './shared.ts'

export function accountSamples(text: Text): Pick<Samples, 'account' | 'error'> {
  const account: Pages['account'] = {
    factor: { state: 'active', since: at, lastUsedAt: at, codesLeft: 10 },
    authenticators: ownAuthenticators(text),
    manage: form,
    replace: form,
    renew: form,
    changePassword: form,
    sessions: [
      {
        id: 'one',
        signedInAt: at,
        device: { browser: 'Firefox', system: 'Windows' },
        applications: [text('Acme ID'), text('Sample app')],
        isThis: true,
        end: null,
      },
      {
        id: 'two',
        signedInAt: at,
        device: { browser: 'Safari', system: null },
        applications: [],
        isThis: false,
        end: form,
      },
      {
        id: 'three',
        signedInAt: at,
        device: { browser: null, system: null },
        applications: [],
        isThis: false,
        end: form,
      },
    ],
    moreSessions: 0,
    applications: [
      {
        name: text('Sample app'),
        since: at,
        scopes: ['Know that it is you', 'Keep this access while you are away'],
        end: form,
      },
      { name: text('Wiki'), since: at, scopes: [text('wiki:read')], end: form },
    ],
    isOnlySession: false,
    endOthers: form,
    activity: [
      {
        id: '3',
        at,
        says: 'activity.two_factor.code_refused',
        by: 'self',
        isRefused: true,
        network: text('192.0.2.0/24'),
        device: { browser: 'Firefox', system: null },
        steps: [],
      },
      {
        id: '2',
        at,
        says: 'activity.two_factor.reset.started',
        by: 'administrator',
        isRefused: false,
        network: null,
        device: null,
        steps: [
          { at, says: 'activity.step.mail_accepted', network: null, device: null },
          {
            at,
            says: 'activity.step.opened',
            network: text('192.0.2.0/24'),
            device: { browser: 'Firefox', system: null },
          },
          { at, says: 'activity.step.enrolled', network: null, device: { browser: 'Safari', system: 'iOS' } },
        ],
      },
      {
        id: '1',
        at,
        says: 'activity.session.ended',
        by: 'self',
        isRefused: false,
        network: null,
        device: null,
        steps: [],
      },
    ],
    olderHref: '/account?activity=40#activity',
    said: null,
  }
  const fault = {
    detail: null,
    reference: text('b7f2-41c9'),
    at,
    wayBack: { href: 'https://app.example.org/', name: text('Sample app') },
  }

  return {
    account: {
      usual: account,
      'few-codes': {
        ...account,
        factor: { ...account.factor, codesLeft: 2 },
        moreSessions: 3,
        said: 'one',
      },
      alone: {
        ...account,
        factor: { ...account.factor, state: 'locked', lastUsedAt: null, codesLeft: 0 },
        sessions: account.sessions.slice(0, 1),
        applications: [],
        isOnlySession: true,
        activity: [],
        olderHref: null,
        said: 'others',
      },
    },
    error: {
      'not-found': { ...fault, kind: 'not-found', wayBack: null },
      forbidden: { ...fault, kind: 'forbidden' },
      unauthorised: {
        ...fault,
        kind: 'unauthorised',
        wayBack: { href: '/account', app: 'account' },
        signOutHref: '/session/end',
      },
      'bad-request': { ...fault, kind: 'bad-request' },
      'form-expired': { ...fault, kind: 'form-expired' },
      'too-large': { ...fault, kind: 'too-large' },
      method: { ...fault, kind: 'method' },
      'too-many': { ...fault, kind: 'too-many' },
      unavailable: { ...fault, kind: 'unavailable', wayBack: null, retryHref: '?' },
      server: { ...fault, kind: 'server' },
      'sign-in-request': {
        ...fault,
        kind: 'sign-in-request',
        detail: text('redirect_uri did not match any of the client’s registered redirect_uris'),
      },
    },
  }
}
