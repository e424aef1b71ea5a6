/** The metrics of all workers as those of one process. */
import { AggregatorRegistry } from 'prom-client'
import type { MeasuredValues } from '../metrics.ts'

export interface Totals {
  /** The last values of a worker that has ended: what it counted stays counted, or a restart would look like a fresh start. */
  keep(values: MeasuredValues): Promise<void>
  /** @param running values of the workers, those that answered */
  text(running: readonly MeasuredValues[]): Promise<string>
}

export function createTotals(): Totals {
  let ended: MeasuredValues = []
  let last = Promise.resolve()
  async function add(before: Promise<void>, values: MeasuredValues): Promise<void> {
    await before
    ended = await AggregatorRegistry.aggregate([ended, values]).getMetricsAsJSON()
  }
  return {
    keep(values) {
      last = add(last, values.filter(isCount))
      return last
    },
    text: (running) => AggregatorRegistry.aggregate([...running, ended]).metrics(),
  }
}

/** A type as a word before it is sent, and as a number in the declarations. */
const isCount = ({ type }: MeasuredValues[number]): boolean => ['counter', 'histogram'].includes(String(type))
