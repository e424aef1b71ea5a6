/** Where findings are said: on stderr, except under the command `doctor`, which prints all of them itself. */

/** On the global object, since the module of a host may import another copy of this package. */
const key = Symbol.for('oidc-rekey.doctor')

export const beginExamination = (): void => void Reflect.set(globalThis, key, true)

export function sayOnStderr(line: string): void {
  if (Reflect.get(globalThis, key) !== true) process.stderr.write(`oidc-rekey: ${line}\n`)
}
