/** A program of a host as a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface HostProcess {
  /** Its output so far. */
  output(): string
  /** Ends it as an operator does. @returns its exit code */
  stop(): Promise<number | null>
}

const DEADLINE_MS = 60_000

/** Resolves when the address answers. */
export async function startProcess(
  command: readonly [string, ...string[]],
  given: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>>; readonly answers: string },
): Promise<HostProcess> {
  const [program, ...args] = command
  // A group of its own: npm does not hand on every signal.
  const child = spawn(program, args, {
    cwd: given.cwd,
    env: { ...process.env, ...given.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  // Its output ends with the last process of the group.
  const closed = once(child, 'close') as Promise<[number | null]>
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      process.kill(-child.pid, signal)
    return (await closed)[0]
  }
  const answers = (): Promise<boolean> =>
    fetch(given.answers, { redirect: 'manual' }).then(
      ({ status }) => status < 500,
      () => false,
    )
  for (const deadline = Date.now() + DEADLINE_MS; !(await answers());) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null
    if (!hasEnded && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100))
    else {
      await stop('SIGKILL')
      throw new Error(`${command.join(' ')} did not answer at ${given.answers}:\n${output}`)
    }
  }
  return { output: () => output, stop: () => stop('SIGTERM') }
}
