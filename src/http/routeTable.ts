/** Finds the route of a path. As in @koa/router, case and one slash at the end are ignored, and the first row of the table wins. */

interface Row {
  readonly method: string
  /** Segments of it that begin with ":" match any one segment. */
  readonly path: string
}

export interface Match<R extends Row> {
  /** null: the path has no such method. */
  readonly found: { readonly row: R; readonly params: Readonly<Record<string, string>> } | null
  /** Methods of the path. Empty: no row has this path. */
  readonly methods: readonly string[]
}

interface Pattern<R extends Row> {
  readonly row: R
  readonly segments: readonly string[]
}

const segmentsOf = (path: string): string[] =>
  path
    .replace(/(?<=.)\/$/, '')
    .split('/')
    .slice(1)

const keyOf = (segments: readonly string[]): string => `${segments.length} ${segments[0]?.toLowerCase() ?? ''}`

const isParameter = (segment: string): boolean => segment.startsWith(':')

/** @param rows none begins with a parameter */
export function createRouteTable<R extends Row>(rows: readonly R[]): (method: string, path: string) => Match<R> {
  const patterns = new Map<string, Pattern<R>[]>()
  for (const row of rows) {
    const segments = segmentsOf(row.path)
    const key = keyOf(segments)
    patterns.set(key, [...(patterns.get(key) ?? []), { row, segments }])
  }
  return (method, path) => {
    const given = segmentsOf(path)
    const fitting = (patterns.get(keyOf(given)) ?? []).filter(({ segments }) => areMatching(segments, given))
    const first = fitting.find(({ row }) => row.method === method || (row.method === 'GET' && method === 'HEAD'))
    return {
      found: first ? { row: first.row, params: parametersIn(first.segments, given) } : null,
      methods: fitting.flatMap(({ row }) => (row.method === 'GET' ? ['GET', 'HEAD'] : [row.method])),
    }
  }
}

const areMatching = (segments: readonly string[], given: readonly string[]): boolean =>
  segments.every((segment, at) => {
    const text = given[at] ?? ''
    return isParameter(segment) ? text !== '' : segment === text || segment.toLowerCase() === text.toLowerCase()
  })

function parametersIn(segments: readonly string[], given: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {}
  for (const [at, segment] of segments.entries())
    if (isParameter(segment)) parameters[segment.slice(1)] = decoded(given[at] ?? '')
  return parameters
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
