/** Typed input, or the answer that says what is wrong where. */
import type { z } from 'zod'
import { ProblemError } from '../problem.ts'

/** The checked value, or 422 with what is wrong where. */
export const valid = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => orInvalid(schema.safeParse(value))

/** As `valid`, where other refusals come between looking and answering. */
export function orInvalid<T>(parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data
  throw invalid(
    parsed.error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message })),
  )
}

export function invalid(errors: readonly { readonly path: string; readonly message: string }[]): ProblemError {
  const detail = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')
  return new ProblemError({ status: 422, code: 'invalid_request', detail, more: { errors } })
}
