/** The log on a terminal: one short line for a person, where a pipe or a file gets JSON. */
import { type DestinationStream, pino } from 'pino'

/** Where lines go; `isTerminal`: a person reads them there. */
export type Output = DestinationStream & { readonly isTerminal?: boolean }

type Fields = Readonly<Record<string, unknown>>

/** Logged text may come from a request: it must not move the cursor, or write what looks like another line. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Bidi_C}\u2028\u2029]+/gu, ' ')

const shown = (value: unknown): string => plain(typeof value === 'string' ? value : JSON.stringify(value))

const clock = (at: unknown): string =>
  new Date(typeof at === 'number' ? at : Date.now()).toLocaleTimeString('en-GB', { hour12: false })

/** An error with its stack, which begins with its message, and with what caused it. */
function errorLines(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [shown(error)]
  const { message, stack, cause } = error as Fields
  const lines = (typeof stack === 'string' ? stack : shown(message)).split('\n').map(plain)
  return cause === undefined
    ? lines
    : [...lines, ...errorLines(cause).map((line, n) => (n === 0 ? `because of ${line}` : line))]
}

/** One line of the log in words; what is no JSON stays as it is. */
export function terminalText(line: string): string {
  let fields: Fields
  try {
    fields = JSON.parse(line) as Fields
  } catch {
    return line
  }
  const { level, time, msg, err, error, ...rest } = fields
  const label = pino.levels.labels[Number(level)] ?? ''
  const word = label === 'info' || label === '' ? '' : `${label}: `
  const others = Object.entries(rest).map(([name, value]) => `${plain(name)} ${shown(value)}`)
  const details = others.length > 0 ? ` (${others.join(', ')})` : ''
  const failures = [err, error].filter((item) => item !== undefined).flatMap(errorLines)
  return [`${clock(time)} ${word}${shown(msg ?? '')}${details}`, ...failures.map((text) => `  ${text}`), ''].join('\n')
}

export const terminalLines = (write: (text: string) => void): Output => ({
  isTerminal: true,
  write: (line) => write(terminalText(line)),
})
