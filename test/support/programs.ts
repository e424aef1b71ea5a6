/**
 * Unpacks browser, Redis and PostgreSQL before the first test: it can take longer than the timeout of a test, and a failure is reported once.
 * Test hosts import `oidc-rekey` by its name.
 */
import { resolvePackage } from '../hosts/support/resolve.ts'
import { chromiumProgram } from './chromium.ts'
import { postgresPrograms } from './postgresPrograms.ts'
import { redisProgram } from './redisServer.ts'

resolvePackage()

export async function mochaGlobalSetup() {
  await Promise.all([chromiumProgram(), redisProgram(), postgresPrograms()])
}
