/**
 * `npm run screens`: every page in every state, light and dark, at 1440, 1000, 640 and 320 px, in English, German and two
 * pseudo-locales, other languages at 320 px.
 * Writes a picture of each to `screens/`, and fails on faults of axe-core, of the CSP, or of what is out of sight.
 */
import { mkdir, rm } from 'node:fs/promises'
import { languages } from '../../src/i18n/messages.ts'
import { launchChromium } from '../support/chromium.ts'
import { faultsOf, lostOn, openGallery } from './gallery.ts'
import { FROM_THE_RIGHT, LONGER } from './pseudoLocales.ts'

const get = (colorScheme: 'light' | 'dark', width: number, language: string) => ({
  colorScheme,
  viewport: { width, height: 760 },
  language,
})
const appearances = [
  get('light', 1440, 'en'),
  get('light', 1000, 'en'),
  get('dark', 1000, 'en'),
  get('light', 640, 'de'),
  get('light', 320, 'de'),
  get('dark', 320, 'de'),
  get('light', 320, LONGER),
  get('light', 1000, FROM_THE_RIGHT),
  get('dark', 320, FROM_THE_RIGHT),
  ...languages.filter((language) => !['en', 'de'].includes(language)).map((language) => get('light', 320, language)),
]

await rm('screens', { recursive: true, force: true })
await mkdir('screens')
const gallery = await openGallery()
const browser = await launchChromium()
const found: string[] = []
let pictures = 0
for (const { language, ...device } of appearances) {
  const context = await browser.newContext(device)
  const page = await context.newPage()
  const label = `${device.colorScheme}-${device.viewport.width}-${language}`
  let where = ''
  page.on('console', (message) => message.type() === 'error' && found.push(`${where} ${message.text()}`))
  for (const path of gallery.paths) {
    where = `${path} (${label})`
    const answer = await page.goto(`${gallery.origin}${path}?language=${language}`)
    if (answer?.status() !== 200) found.push(`${where} answers ${answer?.status()}`)
    await page.screenshot({
      path: `screens/${decodeURI(path).slice(1).replace('/', '.').replaceAll(' ', '-')}.${label}.png`,
      fullPage: true,
    })
    pictures += 1
    found.push(...(await lostOn(page)).map((fault) => `${where} ${fault}`))
    found.push(...(await faultsOf(page)).map((fault) => `${where} ${fault}`))
  }
  await context.close()
}
await browser.close()
gallery.close()
console.log(`${pictures} pictures in screens/, ${found.length} faults`)
for (const fault of found) console.log(fault)
process.exitCode = found.length === 0 ? 0 : 1
