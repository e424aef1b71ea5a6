/** Days of a time zone, as `2026-11-28`. */

/** The longest name in the IANA database has 32 characters. */
const LONGEST_ZONE = 64

/** An IANA name, as browsers send it; null: not known here. */
export function zoneOf(name: string): string | null {
  if (name === '' || name.length > LONGEST_ZONE) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

/** Whether it names a day of the calendar. */
export function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`)
  // Some days after the end of a month are read as days of the next one.
  return /^[12]\d{3}-\d\d-\d\d$/.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

export const dayBefore = (day: string, days: number): string => {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() - days)
  return date.toISOString().slice(0, 10)
}

/** The day of a time, in epoch seconds. */
function daysIn(zone: string): (at: number) => string {
  const shape = { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' } as const
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601', shape)
  return (at) => {
    const parts = new Map(format.formatToParts(at * 1000).map(({ type, value }) => [type, value]))
    return [parts.get('year'), parts.get('month'), parts.get('day')].join('-')
  }
}

export const dayOf = (at: number, zone: string): string => daysIn(zone)(at)

/** Clocks differ from UTC by 14 hours at most. Seconds. */
const FARTHEST = 16 * 3600

/** The first second of a day. A day does not begin at 00:00 where the clock was changed then. */
export function startOfDay(day: string, zone: string): number {
  const utc = Date.parse(`${day}T00:00:00Z`) / 1000
  const dayAt = daysIn(zone)
  let [early, late] = [utc - FARTHEST, utc + FARTHEST]
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2)
    if (dayAt(middle) < day) early = middle
    else late = middle
  }
  return late
}

export const endOfDay = (day: string, zone: string): number => startOfDay(dayBefore(day, -1), zone) - 1
