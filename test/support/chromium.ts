/**
 * A real browser for the tests: CHROMIUM, the one on PATH, or the one of npm, which runs on any Linux. No flag changes the same-origin
 * policy, CSP or cookies.
 */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium, type Browser } from 'playwright-core'
import { cached } from './cache.ts'
import { onPath, type Program } from './debian.ts'

const flags = [
  '--disable-gpu',
  '--disable-quic',
  // A small or absent /dev/shm, usual in containers, crashes the renderer.
  '--disable-dev-shm-usage',
  // Same glyph positions on every machine, so that screenshots can be compared.
  '--font-render-hinting=none',
  // A page that needs the network fails here, on every machine. Names below .lan are this machine, and no secure context.
  '--host-resolver-rules=MAP six.lan [::1], MAP *.lan 127.0.0.1, MAP *.lan. 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1',
]

export async function launchChromium(): Promise<Browser> {
  const { path, env } = await chromiumProgram()
  return chromium.launch({ executablePath: path, args: flags, env: { ...process.env, ...env } })
}

export async function chromiumProgram(): Promise<Program> {
  const own = process.env.CHROMIUM ?? onPath('chromium', 'chromium-browser', 'google-chrome')
  return own ? { path: own, env: {} } : fromPackage()
}

// Its own configuration looks for its one font family in /tmp/fonts; without any font the renderer crashes.
// That family has no Arabic, and stays the first for all others.
const fontconfig = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">../chromium/fonts</dir>
  <dir prefix="relative">../../../@expo-google-fonts</dir>
  <match target="pattern">
    <edit name="family" mode="append_last" binding="strong"><string>Open Sans</string></edit>
  </match>
  <cachedir prefix="xdg">fonts-cache</cachedir>
</fontconfig>
`

/**
 * `@sparticuz/chromium` unpacks into the temporary directory, reuses files there, changes the environment on import, and adds its shared
 * libraries only in AWS Lambda. So it runs in a process with its own directory and environment. Checked with 153.0.0.
 */
async function fromPackage(): Promise<Program> {
  const home = await cached('chromium', async (directory) => {
    const unpack = "const { default: it } = await import('@sparticuz/chromium'); await it.executablePath()"
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpack], {
      cwd: import.meta.dirname,
      env: { ...process.env, TMPDIR: directory, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    })
  })
  const fonts = await cached('fontconfig', (directory) => writeFile(join(directory, 'fonts.conf'), fontconfig))
  return {
    path: join(home, 'chromium'),
    env: {
      LD_LIBRARY_PATH: join(home, 'al2023/lib'),
      FONTCONFIG_FILE: join(fonts, 'fonts.conf'),
      XDG_CACHE_HOME: home,
    },
  }
}
