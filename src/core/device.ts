/** "Firefox on Windows": what a browser says of itself, in the two words that help its owner. The header itself is never kept. */

export interface Device {
  /** null: none that we know. */
  readonly browser: string | null
  readonly system: string | null
}

/** The first that fits: most browsers name those they descend from as well. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\/|Opera/, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Vivaldi\//, 'Vivaldi'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\/|Chromium\//, 'Chrome'],
  [/Version\/.*Safari\//, 'Safari'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/CrOS/, 'ChromeOS'],
  [/Macintosh|Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
]

const firstOf = (table: typeof browsers, text: string): string | null =>
  table.find(([pattern]) => pattern.test(text))?.[1] ?? null

/** What no browser sends is cut: it is written by whoever asks. */
export function deviceOf(userAgent: string | undefined): Device {
  const text = (userAgent ?? '').slice(0, 500)
  return { browser: firstOf(browsers, text), system: firstOf(systems, text) }
}

const known = (table: typeof browsers, value: unknown): string | null =>
  table.find(([, name]) => name === value)?.[1] ?? null

/** What was kept, of the right shape and from our own words. */
export function readDevice(value: unknown): Device {
  const { browser, system } = (value ?? {}) as Partial<Device>
  return { browser: known(browsers, browser), system: known(systems, system) }
}
