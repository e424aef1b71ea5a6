/**
 * Before the first test: the browser and the Redis are at hand. On a bare machine unpacking them takes longer than a test
 * may, and a machine that can have neither should say so at once and once.
 */
import { chromiumProgram } from './chromium.ts'
import { redisProgram } from './redisServer.ts'

export async function mochaGlobalSetup() {
  await Promise.all([chromiumProgram(), redisProgram()])
}
