import { Module } from '@nestjs/common'
import { OidcModule } from 'nest-oidc-provider'
import { InteractionController } from './interaction.controller.js'
import { findAccount } from './people.js'
import { issuer, rekey } from './rekey.js'

const client = { client_id: 'app', client_secret: 'app-secret', redirect_uris: ['http://localhost:8080/callback'] }

@Module({
  imports: [
    OidcModule.forRoot({
      issuer,
      path: '/oidc',
      oidc: {
        clients: [{ ...client, first_party: true }],
        cookies: { keys: (process.env.COOKIE_KEYS ?? '').split(',') },
        findAccount,
        interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
      },
      factory: async ({ issuer: url, config, module }) => {
        const provider = new module.Provider(url, rekey.configuration(config ?? {}))
        await rekey.attach(provider)
        return provider
      },
    }),
  ],
  controllers: [InteractionController],
})
export class AppModule {}
