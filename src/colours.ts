/**
 * The accent of a brand in pages and in emails: the colour of buttons, and shades of it where its contrast is too low for text. A colour in
 * which a button is invisible is refused.
 */
type Rgb = readonly [red: number, green: number, blue: number]

/** The lightest and the darkest background of pages and emails. */
const backgrounds = { light: '#f5f6f8', dark: '#181f27' }

/** Contrast of text and of the outline of a control. @see WCAG 2.2, 1.4.3 and 1.4.11 */
const readable = 4.5
const visible = 3

/** For one colour scheme: a button, the same under the pointer, the text on it, and links. */
export interface Palette {
  readonly accent: string
  readonly hover: string
  readonly ink: string
  readonly link: string
}

/** @throws RangeError for a colour in which a button is invisible */
export function palettesOf(accent: string): { readonly light: Palette; readonly dark: Palette } {
  const found = contrast(accent, backgrounds.light)
  if (found < visible)
    throw new RangeError(
      `brand.accent: ${accent} has a contrast of ${found.toFixed(1)}:1 to the page, needs ${visible}:1`,
    )
  const bright = shade(accent, '#ffffff', backgrounds.dark)
  return { light: palette(accent, shade(accent, '#000000', backgrounds.light)), dark: palette(bright, bright) }
}

/** Black or white text: one of them is always readable. Under the pointer the contrast grows. */
function palette(accent: string, link: string): Palette {
  const isDark = contrast(accent, '#ffffff') >= readable
  return { accent, hover: mix(accent, isDark ? '#000000' : '#ffffff', 0.2), ink: isDark ? '#fff' : '#000', link }
}

/** The colour, mixed with another just enough to be readable on this background. */
function shade(colour: string, towards: string, background: string): string {
  let share = 0
  while (share < 1 && contrast(mix(colour, towards, share), background) < readable) share += 0.05
  return mix(colour, towards, share)
}

const parse = (colour: string): Rgb => {
  const bits = Number.parseInt(colour.slice(1), 16)
  return [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255]
}

function mix(colour: string, other: string, share: number): string {
  const from = parse(colour)
  const to = parse(other)
  const mixed = from.map((channel, index) => Math.round(channel + ((to[index] ?? channel) - channel) * share))
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}

/** @see WCAG 2.2, contrast ratio and relative luminance */
function contrast(first: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(first), luminance(other)].toSorted((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red, green, blue] = parse(colour).map((channel) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
