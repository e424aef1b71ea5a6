import { expect } from 'chai'
import { bindingOf, mayBecomeSession, mayContinue, provedHere } from '../../src/core/browser.ts'

describe('The browser of a sign-in', () => {
  /** As stored · what the browser shows · may see its pages · may become signed in · its proof counts here. */
  const table: readonly (readonly [stored: unknown, shown: string | null, boolean, boolean, boolean])[] = [
    ['a', 'a', true, true, true],
    ['a', 'b', false, false, false],
    ['a', '', false, false, false],
    ['a', null, false, false, false],
    [null, 'a', true, true, false],
    [null, null, true, true, false],
    // Never proven, or damaged: the first page is shown, and no session comes of it.
    ...[undefined, '', 0, 1, true, {}, ['a']].flatMap((stored) =>
      (['a', '', null] as const).map((shown) => [stored, shown, true, false, false] as const),
    ),
  ]
  for (const [stored, shown, sees, signsIn, counts] of table)
    it(`${JSON.stringify(stored)} kept and ${JSON.stringify(shown)} shown`, () => {
      const binding = bindingOf(stored)
      expect([mayContinue(binding, shown), mayBecomeSession(binding, shown), provedHere(binding, shown)]).to.deep.equal(
        [sees, signsIn, counts],
      )
    })
})
