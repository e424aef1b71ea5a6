/** The picture of an otpauth URI: one inline SVG, black on its own white panel in both themes, so that it needs no image and no URL. */
import QRCode from 'qrcode'
import { escape } from './html.ts'

/** Width of the picture. CSS pixels, ≥ 200: a phone reads it at arm's length. */
const least = 216

/** `label` is the accessible name. Level M and a quiet zone of 4 modules. @see ISO/IEC 18004 §6.3.8 */
export async function qrSvg(uri: string, label: string): Promise<string> {
  const svg = await QRCode.toString(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 })
  const modules = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1])
  // A whole number of pixels per module keeps every edge sharp.
  const width = modules * Math.ceil(least / modules)
  return svg
    .trim()
    .replace('<svg ', `<svg role="img" aria-label="${escape(label)}" width="${width}" height="${width}" `)
}
