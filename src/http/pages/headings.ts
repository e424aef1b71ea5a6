/** The metadata of each page. */
import { consoleMetadata } from './consoleHeadings.ts'
import type { Pages } from './locals.ts'
import { fault, type PageMetadata, passkeyFault } from './pageMetadata.ts'

export const pageMetadata: { readonly [K in keyof Pages]: (page: Pages[K]) => PageMetadata } = {
  'sign-in': ({ error, email }) => ({
    heading: 'sign-in.heading',
    fault: fault(error && `sign-in.error.${error}`, email === '' ? 'email' : 'password'),
    names: 'all',
  }),
  challenge: ({ error }) => ({
    heading: 'challenge.heading',
    fault: fault(error && `code.error.${error}`, 'code'),
    names: 'all',
  }),
  passkey: ({ passkey }) => ({
    heading: 'passkey.heading',
    fault: passkeyFault(passkey),
    names: 'all',
    usesPasskey: true,
  }),
  authenticators: ({ passkey, naming }) => ({
    heading: 'authenticators.heading',
    fault: passkeyFault(passkey) ?? fault(naming?.isRefused ? 'authenticators.error.name' : null, `name-${naming?.id}`),
    names: 'all',
    usesPasskey: passkey !== null,
  }),
  'remove-authenticator': ({ name }) => ({
    heading: name === null ? 'authenticators.remove.app' : 'authenticators.remove.heading',
    values: name === null ? {} : { name },
    names: 'all',
  }),
  'backup-code': ({ error }) => ({
    heading: 'backup-code.heading',
    fault: fault(error && `backup-code.error.${error}`, 'code'),
    names: 'all',
  }),
  'check-email': ({ error }) => ({
    heading: 'check-email.heading',
    fault: fault(error && `check-email.error.${error}`, 'opened'),
    names: 'all',
  }),
  'enter-password': ({ error }) => ({
    heading: 'enter-password.heading',
    fault: fault(error && `enter-password.error.${error}`, 'password'),
  }),
  'begin-set-up': () => ({ heading: 'begin-set-up.heading', names: 'all' }),
  'set-up': ({ error, step, passkey }) => ({
    heading: 'set-up.heading',
    fault: passkeyFault(passkey) ?? fault(error && `code.error.${error}`, 'code'),
    step,
    usesPasskey: passkey !== null,
    names: 'all',
  }),
  change: ({ what, error, passkey }) => ({
    heading: `change.${what}.heading`,
    fault: passkeyFault(passkey) ?? fault(error && `code.error.${error}`, 'code'),
    usesPasskey: passkey !== null,
    names: 'all',
  }),
  'backup-codes': ({ error, step }) => ({
    heading: 'backup-codes.heading',
    fault: fault(error && `backup-codes.error.${error}`, 'saved'),
    step,
  }),
  done: () => ({ heading: 'done.heading', mark: 'ok' }),
  link: ({ purpose }) => ({ heading: `link.${purpose}.heading` }),
  'choose-password': ({ error, step }) => ({
    heading: 'choose-password.heading',
    fault: fault(error && `choose-password.error.${error}`, 'password'),
    step,
  }),
  'change-password': ({ error }) => ({
    heading: 'change-password.heading',
    fault:
      error === 'mismatch' || error === 'paused'
        ? fault(`change-password.error.${error}`, 'current_password')
        : fault(error && `choose-password.error.${error}`, 'password'),
    names: 'all',
  }),
  forgotten: ({ error }) => ({
    heading: 'forgotten.heading',
    fault: fault(error && `forgotten.error.${error}`, 'email'),
  }),
  'link-sent': () => ({ heading: 'link-sent.heading', mark: 'wait' }),
  'dead-link': ({ why, viaSignIn }) => ({ heading: `dead-link.${why}.heading`, mark: viaSignIn ? 'ok' : 'stop' }),
  'link-renewed': () => ({ heading: 'link-renewed.heading', mark: 'ok' }),
  consent: () => ({ heading: 'consent.heading', names: 'person' }),
  paused: () => ({ heading: 'paused.heading', mark: 'wait' }),
  interrupted: () => ({ heading: 'interrupted.heading', mark: 'wait' }),
  'set-up-elsewhere': () => ({ heading: 'set-up-elsewhere.heading', mark: 'stop' }),
  'set-up-closed': ({ why }) => ({ heading: `set-up-closed.${why}.heading`, mark: 'stop' }),
  unavailable: ({ isHost }) => ({ heading: isHost ? 'unavailable.host.heading' : 'unavailable.heading', mark: 'stop' }),
  error: ({ kind }) => ({ heading: `error.${kind}.heading`, mark: 'stop', isNarrow: true }),
  continue: ({ kind, href }) => ({ heading: `continue.${kind}.heading`, goesTo: href }),
  'log-out': () => ({ heading: 'log-out.heading' }),
  'logged-out': () => ({ heading: 'logged-out.heading', mark: 'ok' }),
  account: () => ({ heading: 'account.heading' }),
  ...consoleMetadata,
  mailbox: () => ({ heading: 'mailbox.heading', wide: true, isDemo: true }),
  start: () => ({ heading: 'start.heading', wide: true, isDemo: true }),
}
