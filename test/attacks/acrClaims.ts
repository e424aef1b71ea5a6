import { decodeJwt } from 'jose'
import type { ServerFixture } from '../support/serverFixture.ts'
import type { AuthorizationRequest, Tokens } from '../support/relyingParties.ts'
import type { Page } from '../support/client.ts'

/** The `claims` parameter with an essential `acr`. */
export const essential = (...values: string[]): string =>
  JSON.stringify({
    id_token: { acr: values.length === 1 ? { essential: true, value: values[0] } : { essential: true, values } },
  })

export const claimsOf = ({ id_token }: Tokens) => decodeJwt(id_token)

export const introspected = async (fixture: ServerFixture, tokens: Tokens): Promise<Record<string, unknown>> =>
  (await fixture.introspect('app', tokens.access_token)).body

/** Resumes a sign-in and exchanges its code. */
export const carryOn = async (fixture: ServerFixture, request: AuthorizationRequest, page: Page): Promise<Tokens> =>
  fixture.tokens({ request, code: fixture.codeAt(await fixture.resume(page)) })
