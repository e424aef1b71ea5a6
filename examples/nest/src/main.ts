import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import { AppModule } from './app.module.js'
import { issuer, rekey, store } from './rekey.js'

const app = await NestFactory.create<NestExpressApplication>(AppModule)
app.use(rekey.callback())
await app.listen(process.env.PORT ?? 3000, '127.0.0.1')
console.log(`open ${issuer}/account or ${issuer}/admin`)

const stop = async () => {
  await app.close()
  await rekey.close()
  await store.close()
}
process.once('SIGINT', stop).once('SIGTERM', stop)
