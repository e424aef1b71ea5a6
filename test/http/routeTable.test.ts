import { Router } from '@koa/router'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { routes } from '../../src/http/routes.ts'
import { createRouteTable } from '../../src/http/routeTable.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS']

/** The same table in @koa/router. */
function routerOf(base: string): Router {
  const router = new Router({ prefix: base })
  for (const { method, path } of routes)
    router.register(path, method === 'GET' ? ['GET', 'HEAD'] : [method], () => undefined)
  return router
}

const word = fc.constantFrom(...new Set(routes.flatMap(({ path }) => path.split('/'))), 'a', '', 'a%2Fb', 'a.b', '%zz')
const segment = fc.oneof(
  word,
  word.map((text) => text.toUpperCase()),
)
const anyPath = fc.array(segment, { maxLength: 9 }).map((segments) => `/${segments.join('/')}`)
/** One of ours, with any text in place of its parameters. */
const ownPath = fc
  .tuple(fc.constantFrom(...routes), fc.tuple(segment, segment), fc.constantFrom('', '/', '//', '/more'))
  .map(([{ path }, [first, other], end]) => path.replace(/:\w+/, () => first).replace(/:\w+/, () => other) + end)

describe('The route table', () => {
  for (const base of ['', '/oidc'])
    it(`finds what @koa/router finds, below '${base}'`, () => {
      const router = routerOf(base)
      const find = createRouteTable(routes.map((route) => ({ ...route, path: base + route.path })))
      const law = (path: string, method: string): void => {
        const { path: fitting, pathAndMethod } = router.match(path, method)
        const [first] = pathAndMethod
        const { found, methods } = find(method, path)
        expect(found?.row.path).to.equal(first?.path)
        expect(found?.params).to.deep.equal(first?.params(path, first.captures(path)))
        expect(new Set(methods)).to.deep.equal(new Set(fitting.flatMap((layer) => layer.methods)))
      }
      fc.assert(
        fc.property(fc.oneof(anyPath, ownPath), fc.constantFrom(...METHODS), (path, method) =>
          law(base + path, method),
        ),
        { numRuns: 3000 },
      )
    })
})
