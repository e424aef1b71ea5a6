import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import { totpOf } from '../../core/authenticators.ts'
import type { Services } from '../context.ts'

/** One code per line. The file name has the service and the day, and no person. */
export function answerFile(services: Services, ctx: Context, codes: readonly string[]): void {
  const day = new Date(services.clock.now() * 1000).toISOString().slice(0, 10)
  const name = services.brand.name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
  // Without a letter of ASCII no service is named.
  const words = [...(name.match(/[\da-z]+/g) ?? []), 'backup-codes', day]
  ctx.set('Cache-Control', 'no-store')
  ctx.attachment(`${words.join('-')}.txt`)
  ctx.type = 'text/plain; charset=utf-8'
  ctx.body = `${codes.join('\n')}\n`
}

/** What the person signs in with beside the password: the app, where there is one. */
export const kindOf = (account: Account | null): 'app' | 'passkey' =>
  account?.factor.is === 'active' && !totpOf(account.factor) ? 'passkey' : 'app'
