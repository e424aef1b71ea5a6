/** Certificates of authorities in PEM. */
import { X509Certificate } from 'node:crypto'

/** The certificates in a text, without anything else in it, such as a key. @throws when there are none, or one is damaged */
export function certificatesIn(text: string): string {
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  if (certificates.length === 0) throw new TypeError('no certificate')
  return certificates.map((certificate) => new X509Certificate(certificate).toString()).join('\n')
}
