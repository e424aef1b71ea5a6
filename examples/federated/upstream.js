// The other provider, which checks passwords: here one with the library's development pages, where any password will do.
import { Provider } from 'oidc-provider'

export function startUpstream(port, redirectUri) {
  const provider = new Provider(`http://localhost:${port}`, {
    clients: [{ client_id: 'us', client_secret: 'us-secret', redirect_uris: [redirectUri] }],
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, email: id, email_verified: true }) }),
    claims: { email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    async loadExistingGrant(ctx) {
      const { client, session, params } = ctx.oidc
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope(params.scope)
      await grant.save()
      return grant
    },
  })
  return provider.listen(port, '127.0.0.1')
}
