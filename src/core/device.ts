/** Browser and system as two names ("Firefox on Windows"), by which the owner recognises a sign-in. The header is never kept. */

export interface Device {
  /** null: unknown. */
  readonly browser: string | null
  readonly system: string | null
}

/** The first match counts: most browsers also name the ones they derive from. */
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

/** The header is client input: it is cut at a length that no browser reaches. */
export function deviceOf(userAgent: string | undefined): Device {
  const text = (userAgent ?? '').slice(0, 500)
  return { browser: firstOf(browsers, text), system: firstOf(systems, text) }
}

const known = (table: typeof browsers, value: unknown): string | null =>
  table.find(([, name]) => name === value)?.[1] ?? null

/** Reads a stored device; unknown names become null. */
export function readDevice(value: unknown): Device {
  const { browser, system } = (value ?? {}) as Partial<Device>
  return { browser: known(browsers, browser), system: known(systems, system) }
}
