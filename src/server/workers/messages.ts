/** What the primary and its worker processes send to each other. Both run the same package; a message of another kind is ignored. */
import { z } from 'zod'
import type { MeasuredValues } from '../metrics.ts'

const toWorker = z.discriminatedUnion('is', [
  /** Reads the clients again. */
  z.object({ is: z.literal('reload') }),
  /** Another worker has taken its place: it takes no connection any more, and ends with its last one. */
  z.object({ is: z.literal('retire') }),
  /** The service stops, after a delay. */
  z.object({ is: z.literal('stop'), delaySeconds: z.number() }),
  z.object({ is: z.literal('end-delay') }),
  z.object({ is: z.literal('measure'), id: z.number() }),
])

const toPrimary = z.discriminatedUnion('is', [
  /** It serves; the lines are those of a start. */
  z.object({ is: z.literal('ready'), lines: z.array(z.string()) }),
  /** `id` is that of the request, null for the last values before the end. */
  z.object({ is: z.literal('measured'), id: z.number().nullable(), values: z.custom<MeasuredValues>(Array.isArray) }),
])

export type ToWorker = z.infer<typeof toWorker>
export type ToPrimary = z.infer<typeof toPrimary>

export const readToWorker = (message: unknown): ToWorker | null => toWorker.safeParse(message).data ?? null
export const readToPrimary = (message: unknown): ToPrimary | null => toPrimary.safeParse(message).data ?? null
