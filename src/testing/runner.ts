/** What a contract needs of a test runner: mocha, vitest (with its `beforeAll` and `afterAll`) and `node:test` have it. */
export interface Runner {
  describe(title: string, suite: () => void): unknown
  it(title: string, test: () => Promise<void>): unknown
  before(hook: () => Promise<void>): unknown
  after(hook: () => Promise<void>): unknown
}
