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
  /** In lower case; null: a parameter. */
  readonly segments: readonly (string | null)[]
  /** Names of the parameters by segment. */
  readonly names: readonly string[]
}

const segmentsOf = (path: string): string[] =>
  path.slice(1, path.length > 1 && path.endsWith('/') ? -1 : undefined).split('/')

function patternOf<R extends Row>(row: R): Pattern<R> {
  const names = segmentsOf(row.path)
  const segments = names.map((name) => (name.startsWith(':') ? null : name.toLowerCase()))
  return { row, segments, names: names.map((name) => name.slice(1)) }
}

/** @param rows none begins with a parameter */
export function createRouteTable<R extends Row>(rows: readonly R[]): (method: string, path: string) => Match<R> {
  const patterns = Map.groupBy(rows.map(patternOf), ({ segments }) => segments[0])
  return (method, path) => {
    const given = segmentsOf(path.toLowerCase())
    const fitting = (patterns.get(given[0] ?? '') ?? []).filter(({ segments }) => areMatching(segments, given))
    const first = fitting.find(({ row }) => row.method === method || (row.method === 'GET' && method === 'HEAD'))
    return {
      found: first ? { row: first.row, params: parametersIn(first, path) } : null,
      methods: fitting.flatMap(({ row }) => (row.method === 'GET' ? ['GET', 'HEAD'] : [row.method])),
    }
  }
}

/** @param given in lower case */
const areMatching = (segments: Pattern<Row>['segments'], given: readonly string[]): boolean =>
  segments.length === given.length &&
  segments.every((segment, at) => (segment === null ? given[at] !== '' : segment === given[at]))

function parametersIn({ segments, names }: Pattern<Row>, path: string): Record<string, string> {
  const given = segmentsOf(path)
  const parameters: Record<string, string> = {}
  for (const [at, name] of names.entries()) if (segments[at] === null) parameters[name] = decoded(given[at] ?? '')
  return parameters
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
