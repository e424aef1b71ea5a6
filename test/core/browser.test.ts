import { expect } from 'chai'
import { bindingOf, mayBecomeSession, mayContinue, provedHere } from '../../src/core/browser.ts'

describe('The browser of a sign-in', () => {
  /** Stored · presented by the browser · may see the pages · may get the session · a proof given here counts. */
  const table: readonly (readonly [stored: unknown, shown: string | null, boolean, boolean, boolean])[] = [
    ['a', 'a', true, true, true],
    ['a', 'b', false, false, false],
    ['a', '', false, false, false],
    ['a', null, false, false, false],
    [null, 'a', true, true, false],
    [null, null, true, true, false],
    // Unproven or damaged: the first page is shown, and no session results.
    ...[undefined, '', 0, 1, true, {}, ['a']].flatMap((stored) =>
      (['a', '', null] as const).map((shown) => [stored, shown, true, false, false] as const),
    ),
  ]
  for (const [stored, shown, sees, signsIn, counts] of table)
    it(`${JSON.stringify(stored)} stored and ${JSON.stringify(shown)} presented`, () => {
      const binding = bindingOf(stored)
      expect([mayContinue(binding, shown), mayBecomeSession(binding, shown), provedHere(binding, shown)]).to.deep.equal(
        [sees, signsIn, counts],
      )
    })
})
