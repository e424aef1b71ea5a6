/** The OpenAPI document has exactly the routes of the table, and real answers match it. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect } from 'chai'
import { calls } from '../../src/http/api/calls.ts'
import { statusOf } from '../../src/http/api/codes.ts'
import { type SchemaName, schemas } from '../../src/http/api/schemas.ts'
import { routes } from '../../src/http/routes.ts'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import { type Answer, answerOf, type Body } from '../support/relyingParties.ts'
import { judgeOf } from '../support/document.ts'

describe('The OpenAPI document', () => {
  const M = '/management/v1'
  let fixture: ServerFixture
  let document: Answer
  before(async () => {
    fixture = await sharedFixture()
    document = await answerOf(await fetch(`${fixture.resource}/openapi.json`))
  })

  it('is read without a token, and is valid OpenAPI 3.1', async () => {
    expect([document.status, document.headers.get('content-type')]).to.deep.equal([
      200,
      'application/json; charset=utf-8',
    ])
    const { valid, errors } = await new Validator().validate(document.body)
    expect(errors).to.equal(undefined)
    expect(valid).to.equal(true)
  })

  it('has every route with its scope, and nothing else', () => {
    const known = routes.filter(({ path }) => path.startsWith(M) && !path.endsWith('/openapi.json'))
    const inTable = known.map(({ method, path, guards }) => {
      const below = path.slice(M.length).replaceAll(/:(\w+)/g, '{$1}')
      return `${method} ${below} ${guards[0]?.name.replace('may ', '')}`
    })
    const described = Object.entries(calls).map(([name, { scope, also = [] }]) => [name, scope, ...also].join(' '))
    expect(described).to.have.members(inTable)
    const documented = Object.entries<object>(document.body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(documented).to.have.members(Object.keys(calls))
  })

  it('describes the codes that no operation lists', () => {
    for (const code of ['404 `not_found`', '405 `method_not_allowed`', '500 `server_error`'])
      expect(document.body.info.description).to.include(code)
  })

  it('describes every operation, parameter and code', () => {
    const operations = Object.values<object>(document.body.paths).flatMap((methods) => Object.values<Body>(methods))
    for (const { operationId, description, tags, parameters, responses } of operations) {
      expect(description, operationId).to.match(/^\S.{10,}\.$/s)
      expect(tags, operationId).to.have.length(1)
      for (const { name, in: where, description: text } of parameters)
        if (where !== 'query' || name !== 'status') expect(text, `${operationId} ${name}`).to.be.a('string')
      for (const [status, { description: text }] of Object.entries<Body>(responses))
        if (Number(status) >= 400) expect(text, `${operationId} ${status}`).to.match(/^`\w+`: \S/)
    }
  })

  it('marks optional bodies', () => {
    const optional = Object.entries(calls).flatMap(([name, { body }]) => {
      const [method = '', path = ''] = name.split(' ')
      const { requestBody } = document.body.paths[path][method.toLowerCase()]
      return body ? [[name, requestBody.required]] : []
    })
    expect(Object.fromEntries(optional)).to.include({
      'POST /users': true,
      'POST /users/{id}/two-factor/resets': false,
      'DELETE /users/{id}/two-factor/resets/{rid}': false,
    })
  })

  it('exports the audit page by page, by `Link`', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const { id } = await fixture.reset(target, admin)
    await admin.call('DELETE', `/users/${target.id}/two-factor/resets/${id}`)
    await fixture.idle(target)
    const all = await admin.call('GET', `/audit-events?user=${target.id}`)
    const types: string[] = []
    for (let next: string | undefined = `/audit-events?user=${target.id}&limit=2`; next !== undefined;) {
      const { status, headers, text } = await admin.call('GET', next, undefined, { accept: 'application/x-ndjson' })
      expect([status, headers.get('content-type')]).to.deep.equal([200, 'application/x-ndjson'])
      types.push(...text.split('\n').flatMap((line) => (line ? [(JSON.parse(line) as { type: string }).type] : [])))
      next = new RegExp(`^<${fixture.resource}(/audit-events\\?.+)>; rel="next"$`).exec(headers.get('link') ?? '')?.[1]
    }
    expect(types).to.have.length.above(2)
    expect(types).to.deep.equal(all.body.items.map(({ type }: { type: string }) => type))
  })

  it('describes every field of a user', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    await fixture.enter(target)
    const resets = `/users/${target.id}/two-factor/resets`
    const reset = await admin.reset(target, { code: await admin.person.code() })
    await fixture.enter(target)
    const answers: [SchemaName, Answer][] = [
      ['Reset', reset],
      ['Users', await admin.call('GET', '/users?limit=2')],
      ['User', await admin.call('GET', `/users/${target.id}`)],
      ['Sessions', await admin.call('GET', `/users/${target.id}/sessions`)],
      ['UserExport', await admin.call('GET', `/users/${target.id}/export`)],
      ['ResetPreview', await admin.call('GET', `/users/${target.id}/two-factor/reset-preview`)],
      ['Resets', await admin.call('GET', resets)],
      ['Reset', await admin.call('GET', `${resets}/${reset.body.id}`)],
      ['AuditEvents', await admin.call('GET', '/audit-events?limit=50')],
    ]
    for (const [name, { status, body, text }] of answers) {
      expect(status, text).to.be.oneOf([200, 201])
      const { error } = schemas[name].safeParse(body)
      expect(error?.message, `${name} ${text}`).to.equal(undefined)
    }
  })

  it('is compared with every answer, and reports each difference', async () => {
    const { faults } = await judgeOf(fixture.resource)
    const answer = (status: number, text: string, headers: Record<string, string> = {}) => ({
      status,
      text,
      headers: new Headers(headers),
    })
    const json = { 'content-type': 'application/json; charset=utf-8' }
    const problem = (status: number, code: string) =>
      answer(status, JSON.stringify({ type: 'about:blank', title: 'T', status, code, detail: 'D' }), {
        'content-type': 'application/problem+json',
        'www-authenticate': 'Bearer',
      })
    const proofs = { both: false, because: [], possible_from: null }
    const ended = {
      sessions: 0,
      grants: 0,
      backup_codes: 0,
      authenticators: null,
      clients: [],
      required_proofs: proofs,
    }
    const preview = '/users/ana/two-factor/reset-preview'
    const good = [
      faults('GET', preview, answer(200, JSON.stringify(ended), json)),
      faults('GET', `${preview}?x=1`, problem(401, 'invalid_token')),
      faults('DELETE', '/users/ana/sessions', answer(204, '')),
      faults('PUT', '/users', problem(405, 'method_not_allowed')),
      faults('GET', '/nothing', problem(404, 'not_found')),
    ]
    expect(good).to.deep.equal([[], [], [], [], []])
    const bad = [
      faults('GET', preview, answer(200, JSON.stringify({ ...ended, secret: 'x' }), json)),
      faults('GET', preview, answer(200, JSON.stringify({ ...ended, clients: [{ client_id: 'a' }] }), json)),
      faults('GET', preview, answer(200, JSON.stringify(ended))),
      faults('GET', preview, answer(201, JSON.stringify(ended), json)),
      faults('GET', preview, problem(401, 'unheard_of')),
      faults('GET', preview, problem(500, 'server_error')),
      faults('DELETE', '/users/ana/sessions', answer(204, '{}', json)),
      faults('GET', '/users', problem(503, 'store_unavailable')),
      faults('GET', '/nothing', answer(200, '{}', json)),
    ]
    for (const found of bad) expect(found).to.have.length(1)
  })

  it('produces the refusals that it names', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const answers = [
      await fixture.call('GET', '/users'),
      await admin.call('GET', '/users?limit=0'),
      await admin.call('GET', '/users/nobody'),
      await admin.reset(target, { code: 'x' }),
      await admin.reset(admin.person),
    ]
    for (const { status, body } of answers) {
      expect(schemas.Problem.safeParse(body).error?.message).to.equal(undefined)
      expect(statusOf[body.code as keyof typeof statusOf]).to.equal(status)
    }
  })
})
