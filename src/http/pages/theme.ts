/** The accent of a brand as a stylesheet, since the CSP blocks inline style. */
import { type Palette, palettesOf } from '../../colours.ts'

export function themeOf(accent: string): string {
  const { light, dark } = palettesOf(accent)
  return `@layer brand{:root{${tokens(light)}}@media (prefers-color-scheme:dark){:root{${tokens(dark)}}}}\n`
}

const tokens = ({ accent, hover, ink, link }: Palette): string =>
  `--accent:${accent};--accent-hover:${hover};--on-accent:${ink};--link:${link}`
