/**
 * `npm run screens`: every page in every state, light and dark, at 1000 and 320 px, in English and German: a picture of each in
 * `screens/`, and whatever axe-core, the policy or the width has against it. Fails when something is found.
 */
import { mkdir, rm } from 'node:fs/promises'
import { launchChromium } from '../support/chromium.ts'
import { faultsOf, openGallery } from './gallery.ts'

const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1000, 320].map((width) => ({
    colorScheme,
    viewport: { width, height: 760 },
    language: width === 320 ? 'de' : 'en',
  })),
)

await rm('screens', { recursive: true, force: true })
await mkdir('screens')
const gallery = await openGallery()
const browser = await launchChromium()
const found: string[] = []
let pictures = 0
for (const { language, ...look } of looks) {
  const context = await browser.newContext(look)
  const page = await context.newPage()
  const label = `${look.colorScheme}-${look.viewport.width}`
  let where = ''
  page.on('console', (message) => message.type() === 'error' && found.push(`${where} ${message.text()}`))
  for (const path of gallery.paths) {
    where = `${path} (${label})`
    await page.goto(`${gallery.origin}${path}?language=${language}`)
    await page.screenshot({ path: `screens/${path.slice(1).replace('/', '.')}.${label}.png`, fullPage: true })
    pictures += 1
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    if (width > look.viewport.width) found.push(`${where} is ${width} px wide`)
    found.push(...(await faultsOf(page)).map((fault) => `${where} ${fault}`))
  }
  await context.close()
}
await browser.close()
gallery.close()
console.log(`${pictures} pictures in screens/, ${found.length} faults`)
for (const fault of found) console.log(fault)
process.exitCode = found.length === 0 ? 0 : 1
