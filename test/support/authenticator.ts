/**
 * An independent authenticator app: it reads the QR code from a screenshot and computes codes with other libraries than the server. It
 * uses steps in order, so that a run on the real clock need not wait for each.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jsqr from 'jsqr'
import { Secret, TOTP, URI } from 'otpauth'
import { PNG } from 'pngjs'

/** AUTHENTICATOR=debian uses the tools `zbarimg` and `oathtool` instead: a third implementation. */
const debian = process.env['AUTHENTICATOR'] === 'debian'

export function readQr(screenshot: Buffer): string {
  if (debian) return zbarimg(screenshot)
  const { data, width, height } = PNG.sync.read(screenshot)
  // CommonJS: the default export is a property of the import.
  const found = jsqr.default(new Uint8ClampedArray(data), width, height)
  if (!found) throw new Error('no QR code in this picture')
  return found.data
}

function zbarimg(screenshot: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'qr-'))
  try {
    const file = join(folder, 'page.png')
    writeFileSync(file, screenshot)
    return execFileSync('zbarimg', ['--quiet', '--raw', file], { encoding: 'utf8' }).trim()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export class Authenticator {
  readonly secret: string
  #last = 0

  constructor(uriOrSecret: string) {
    const totp = uriOrSecret.startsWith('otpauth:') ? URI.parse(uriOrSecret) : null
    this.secret = totp ? totp.secret.base32 : uriOrSecret
  }

  /** The code of a time step: now by default. Epoch seconds. */
  at(now: number): string {
    if (debian)
      return execFileSync('oathtool', ['--totp', '--base32', '--now', `@${now}`, this.secret], {
        encoding: 'utf8',
      }).trim()
    return new TOTP({ secret: Secret.fromBase32(this.secret) }).generate({ timestamp: now * 1000 })
  }

  /** An unused code of one of the steps −1, 0, +1, each later than the one before. */
  next(now: number): string {
    const step = Math.floor(now / 30)
    const use = Math.max(step - 1, this.#last + 1)
    if (use > step + 1) throw new Error('three codes within a step: move the clock')
    this.#last = use
    return this.at(use * 30)
  }

  /** Whether another code is available without moving the clock. */
  hasNext(now: number): boolean {
    return Math.max(Math.floor(now / 30) - 1, this.#last + 1) <= Math.floor(now / 30) + 1
  }
}
