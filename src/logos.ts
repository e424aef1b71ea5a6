/** The logos of the brand: files, which are served below /assets, or https URLs. The content decides the type, never the name. */
import { readFileSync } from 'node:fs'
import { whyUnreadable } from './decoding.ts'

export type Logo =
  | { readonly is: 'url'; readonly url: string }
  | { readonly is: 'file'; readonly extension: keyof typeof logoTypes; readonly body: Buffer }

export interface Logos {
  readonly light: Logo | null
  readonly dark: Logo | null
}

export const logoTypes = {
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
} as const

/** Every page loads it. Bytes. */
const LARGEST = 1_000_000

/** @throws TypeError of one line that says what is wrong */
export function readLogo(value: string): Logo {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(value)) return { is: 'url', url: imageUrl(value) }
  const body = readImage(value)
  if (body.length > LARGEST) throw new TypeError(`${value} is larger than ${LARGEST} bytes`)
  const extension = typeOf(body)
  if (extension === null) throw new TypeError(`${value} is not an SVG, PNG, JPEG or WebP image`)
  return { is: 'file', extension, body }
}

function imageUrl(value: string): string {
  const url = URL.parse(value)
  if (url?.protocol !== 'https:' || url.username || url.password || url.hash)
    throw new TypeError('must be a file, or an https URL without a user and a fragment')
  return url.href
}

function readImage(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new TypeError(`cannot read ${path}: ${whyUnreadable(error)}`, { cause: error })
  }
}

function typeOf(body: Buffer): keyof typeof logoTypes | null {
  const begins = (bytes: string): boolean => body.subarray(0, bytes.length / 2).toString('hex') === bytes
  if (begins('89504e470d0a1a0a')) return 'png'
  if (begins('ffd8ff')) return 'jpg'
  if (begins('52494646') && body.subarray(8, 12).toString('latin1') === 'WEBP') return 'webp'
  return isSvg(body.subarray(0, 4096).toString('utf8')) ? 'svg' : null
}

/** Nothing but a declaration, comments and a document type comes before the root. */
const isSvg = (text: string): boolean =>
  /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*|<!DOCTYPE\s+svg[^>[]*>\s*)*<svg[\s>]/i.test(text)

/** Sources for `img-src`: each exactly the image. @see CSP 3 §2.3.1 (no semicolons and commas) */
export const imageSources = ({ light, dark }: Logos): string[] =>
  [light, dark].flatMap((logo) => {
    if (logo?.is !== 'url') return []
    const { origin, pathname } = new URL(logo.url)
    return [origin + pathname.replaceAll(';', '%3B').replaceAll(',', '%2C')]
  })
