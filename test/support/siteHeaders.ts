/** Combinations of `Origin` and `Sec-Fetch-Site`, as browsers, proxies and applications send them. */
import type { Extra } from './client.ts'

/** They do not say that another site sent the request. */
export const ownHeaders = (issuer: string): readonly Extra[] => [
  // No browser, or one behind a proxy that removes both.
  {},
  { origin: issuer, 'sec-fetch-site': 'same-origin' },
  // `Referrer-Policy: no-referrer` makes the origin of our own forms null.
  { origin: 'null', 'sec-fetch-site': 'same-origin' },
  // The same before Safari 16.4, behind a proxy that removes one, and over plain http.
  { origin: 'null' },
  { origin: issuer },
  { 'sec-fetch-site': 'same-origin' },
  // A person repeated the request.
  { 'sec-fetch-site': 'none' },
  { origin: 'null', 'sec-fetch-site': 'none' },
  { origin: '', 'sec-fetch-site': '' },
]

/** One header says that another site sent the request. */
export const crossSiteHeaders = (issuer: string): readonly Extra[] => {
  const { protocol, host, port } = new URL(issuer)
  const origins = [
    'https://evil.example',
    `${protocol}//${host}.evil.example`,
    `${protocol}//evil.${host}`,
    `${protocol}//${host.replace(/(:\d+)?$/, ':9')}`,
    `${protocol === 'http:' ? 'https:' : 'http:'}//${host.replace(`:${port}`, '')}`,
    `${protocol}//${host.replace(/(:\d+)?$/, '..$1')}`,
    'file://',
    'chrome-extension://abcdefghijklmnop',
    `${issuer} https://evil.example`,
    'null, null',
    'nonsense',
  ]
  return [
    ...origins.map((origin) => ({ origin })),
    ...['same-origin', 'none'].map((site) => ({
      origin: 'https://evil.example',
      'sec-fetch-site': site,
    })),
    // A sandboxed frame of another site sends `Origin: null`.
    ...['cross-site', 'same-site', 'same-origin, cross-site', 'nonsense'].flatMap((site) =>
      [{}, { origin: 'null' }, { origin: issuer }].map((origin) => ({
        ...origin,
        'sec-fetch-site': site,
      })),
    ),
  ]
}
