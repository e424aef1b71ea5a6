/** One cell of the table method × parameter: its outcome and its test. docs/endpoints.md has the clause of the standard. */
import type { Standalone } from '../standalone.ts'

export interface Row {
  /** As the document has it. */
  readonly outcome: string
  readonly check: (server: Standalone) => Promise<void>
}

/** By method and parameter, as the document has them. */
export type Rows = Readonly<Record<string, Row>>
