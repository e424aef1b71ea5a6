/**
 * Unpacks the browser and the Redis before the first test: it can take longer than the timeout of a test, and a failure is reported once.
 */
import { chromiumProgram } from './chromium.ts'
import { redisProgram } from './redisServer.ts'

export async function mochaGlobalSetup() {
  await Promise.all([chromiumProgram(), redisProgram()])
}
