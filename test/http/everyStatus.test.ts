/**
 * For every operation the success and each documented problem is produced and compared with the document. A pair that cannot be produced
 * is a failure, and so is one that is not documented.
 */
import { expect } from 'chai'
import { calls } from '../../src/http/api/calls.ts'
import { type ProblemCode, statusOf } from '../../src/http/api/codes.ts'
import type { Answer } from '../support/relyingParties.ts'
import { closeHosts } from '../support/apiScenarios.ts'
import { common, operations, produce } from '../support/statuses.ts'
import { particular } from '../support/statusesOfCalls.ts'

describe('The management API answers', () => {
  after(closeHosts)

  /** Only these answers have a challenge. */
  const challenges: { readonly [C in ProblemCode]?: RegExp } = {
    invalid_token:
      /^Bearer (error="invalid_token", error_description="[^"]+", )?resource_metadata="[^"]+"(, DPoP algs="[\w ]+")?$/,
    insufficient_scope: /^Bearer error="insufficient_scope", scope="[\w-]+:\w+"$/,
    insufficient_user_authentication:
      /^Bearer error="insufficient_user_authentication", error_description="[^"]+", acr_values="[^"]+", max_age="\d+"$/,
  }
  const mustWait = new Set<string>([
    'too_many_attempts',
    'too_many_resets',
    'too_many_mails',
    'factor_too_new',
    'password_too_new',
    'store_unavailable',
  ])

  function isProblem(code: ProblemCode, { status, headers, body, text }: Answer): void {
    expect([status, body.code], text).to.deep.equal([statusOf[code], code])
    expect(body).to.include({ type: 'about:blank', status: statusOf[code] })
    expect(headers.get('content-type')).to.equal('application/problem+json')
    expect(headers.get('cache-control')).to.equal('no-store')
    expect(headers.get('www-authenticate') ?? '').to.match(challenges[code] ?? /^$/)
    expect(headers.has('retry-after')).to.equal(mustWait.has(code))
    if (mustWait.has(code)) expect(Number(headers.get('retry-after'))).to.be.within(1, 86_400)
    if (code === 'invalid_request') expect(body.errors).to.not.have.length(0)
  }

  it('no operation that does not exist', () => {
    expect(Object.keys(calls)).to.include.members(Object.keys(particular))
  })

  for (const operation of operations)
    describe(operation.name, () => {
      const shared = Object.entries(common).filter(([, { at }]) => at(operation))
      const produced = new Set([...Object.keys(particular[operation.name] ?? {}), ...shared.map(([code]) => code)])

      it('with all documented statuses and no other', () => {
        const { status, lines, problems } = operation
        const successes = lines ? [`${status}`, `${status} application/x-ndjson`] : [`${status}`]
        expect([...produced]).to.have.members([...successes, ...new Set(problems)])
      })

      for (const what of produced) {
        const status = statusOf[what as ProblemCode]
        it(status ? `${status} ${what}` : what, async () => {
          // `produce` has compared status, code, headers and body with the document.
          const answer = await produce(operation, what)
          if (status) isProblem(what as ProblemCode, answer)
          else expect(answer.status, answer.text).to.equal(operation.status)
        })
      }
    })
})
