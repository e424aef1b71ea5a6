/** The server does not depend on its output: the reader of the log may end, and the disk of the log may be full. */
import { pino } from 'pino'
import { type Output, terminalLines } from './terminal.ts'

/** Lines kept while they cannot be written; more are dropped. Bytes. */
const MOST_WAITING = 1_048_576

/** Nothing that happens to stdout or stderr ends the server. A terminal that is gone, a closed pipe, a full disk. */
export function serveWithoutOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

const terminal = (): Output | null =>
  process.stdout.isTTY ? terminalLines((text) => void process.stdout.write(text)) : null

/** Standard output for the log. */
export function logOutput(): Output {
  const ofPerson = terminal()
  if (ofPerson) return ofPerson
  const output = pino.destination({ fd: 1, sync: true, maxLength: MOST_WAITING })
  // Without a listener an error of the destination ends the process.
  output.on('error', () => undefined)
  return output
}

/**
 * Lines of requests are written together: a write takes a hundredth of a sign-in. No more than a pipe takes whole, since several processes may
 * write to one. Bytes. @see POSIX, PIPE_BUF
 */
const TOGETHER = { minLength: 3072, maxWrite: 4096 }

/** Milliseconds. */
const LATEST_MS = 100

/** Standard output for the access log. A process that is killed loses the lines of its last moment. */
export function accessOutput(): Output {
  const ofPerson = terminal()
  if (ofPerson) return ofPerson
  const output = pino.destination({
    fd: 1,
    sync: true,
    ...TOGETHER,
    periodicFlush: LATEST_MS,
    maxLength: MOST_WAITING,
  })
  output.on('error', () => undefined)
  process.once('exit', () => output.flush())
  return output
}
