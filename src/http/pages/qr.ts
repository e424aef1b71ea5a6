/** The QR code of an otpauth URI: an inline SVG, black on white in both themes. It has no URL that a log could keep. */
import QRCode from 'qrcode'
import { escape } from './html.ts'

/** Least width. CSS pixels, ≥ 200: a phone can read it at arm's length. */
const least = 216

/**
 * The mask of the modules. The library alone tries all eight, three quarters of its work; for otpauth URIs this one is the best of them or
 * nearly so, and a reader takes any. @see ISO/IEC 18004 §7.8
 */
const MASK = 2

/** `label` is the accessible name. Level M and a quiet zone of 4 modules. @see ISO/IEC 18004 §6.3.8 */
export async function qrSvg(uri: string, label: string): Promise<string> {
  const svg = await QRCode.toString(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 4, maskPattern: MASK })
  const modules = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1])
  // A whole number of pixels per module keeps every edge sharp.
  const width = modules * Math.ceil(least / modules)
  return svg
    .trim()
    .replace('<svg ', `<svg role="img" aria-label="${escape(label)}" width="${width}" height="${width}" `)
}
