import tls from 'node:tls'

/** Authorities that Node.js trusts: those of `NODE_EXTRA_CA_CERTS` and `--use-system-ca` included, where it lists them (22.15 and newer). */
export const trustedAuthorities = (): readonly string[] =>
  (tls as Partial<typeof tls>).getCACertificates?.('default') ?? tls.rootCertificates
