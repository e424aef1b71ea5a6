/** Compares answers with the OpenAPI document. */
import { z } from 'zod'

interface Shown {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

interface Responded {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

interface Operation {
  readonly responses: Readonly<Record<string, Responded>>
}

/** The part that is read here. */
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

export interface Judge {
  /** Differences from the document, one line each. @param path below the resource, with or without a query */
  faults(method: string, path: string, answer: Shown): string[]
}

const judges = new Map<string, Promise<Judge>>()

/** @param resource address of the API */
export function judgeOf(resource: string): Promise<Judge> {
  const judge = judges.get(resource) ?? readJudge(resource)
  judges.set(resource, judge)
  // A service that was down may be up the next time.
  judge.catch(() => judges.delete(resource))
  return judge
}

const readJudge = async (resource: string): Promise<Judge> =>
  createJudge((await (await fetch(`${resource}/openapi.json`)).json()) as Document)

/** Throws if an answer differs from the document. */
export async function mustBeDocumented(resource: string, method: string, path: string, answer: Shown): Promise<void> {
  const faults = (await judgeOf(resource)).faults(method, path, answer)
  if (faults.length > 0) throw new Error(`${method} ${path}: ${faults.join('; ')}\n${answer.text.slice(0, 2000)}`)
}

function createJudge({ paths, components }: Document): Judge {
  const templates = Object.entries(paths).map(([template, operations]) => ({
    matches: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    operations,
  }))
  const known = new Map<object, z.ZodType>()

  function schemaOf(schema: object): z.ZodType {
    const made = known.get(schema) ?? z.fromJSONSchema(withDefinitions(schema, components.schemas))
    known.set(schema, made)
    return made
  }

  return {
    faults(method, path, answer) {
      // OPTIONS is not in the document.
      if (method === 'OPTIONS') return []
      const { pathname } = new URL(path, 'http://below.example')
      const found = templates.find(({ matches }) => matches.test(pathname))
      if (!found) return codeFaults(answer, 404, 'not_found')
      const operation = found.operations[method.toLowerCase()]
      if (!operation) return codeFaults(answer, 405, 'method_not_allowed')
      const response = operation.responses[answer.status]
      if (!response) return [`status ${answer.status} is not documented`]
      return [...headerFaults(response, answer), ...bodyFaults(response, answer, schemaOf)]
    },
  }
}

/** For codes in the description of the API that no operation has. */
function codeFaults({ status, text }: Shown, expected: number, code: string): string[] {
  return status === expected && text.includes(`"${code}"`) ? [] : [`must be ${expected} ${code}, is ${status}`]
}

const headerFaults = ({ headers = {} }: Responded, answer: Shown): string[] =>
  Object.entries(headers)
    .filter(([name, { required }]) => required && !answer.headers.has(name))
    .map(([name]) => `has no ${name}`)

function bodyFaults({ content }: Responded, { headers, text }: Shown, schemaOf: (schema: object) => z.ZodType) {
  if (!content) return text === '' ? [] : ['has a body']
  const type = headers.get('content-type')?.split(';')[0] ?? ''
  const schema = content[type]?.schema
  if (!schema) return [`is ${type || 'of no type'}`]
  const { error } = schemaOf(schema).safeParse(/\bjson$/.test(type) ? JSON.parse(text) : text)
  return error ? [error.message] : []
}

function withDefinitions(schema: object, definitions: Document['components']['schemas']): z.core.JSONSchema.JSONSchema {
  const text = JSON.stringify({ ...schema, $defs: definitions })
  return JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as z.core.JSONSchema.JSONSchema
}
