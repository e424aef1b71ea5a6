import { Body, Controller, Get, Header, Post, Req, Res } from '@nestjs/common'
import type { Request, Response } from 'express'
import { InjectOidcProvider, type Provider } from 'nest-oidc-provider'
import { findByPassword } from './people.js'
import { rekey } from './rekey.js'

const signInPage = (alert = ''): string => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<h1>Sign in</h1><p role="alert">${alert}</p>
<form method="post">
<label>Email <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form></html>`

/** The sign-in page that this provider had before. The client is first-party, so there is no consent page. */
@Controller('/interaction')
export class InteractionController {
  constructor(@InjectOidcProvider() private readonly provider: Provider) {}

  @Get(':uid')
  @Header('cache-control', 'no-store')
  async show(@Req() req: Request, @Res() res: Response): Promise<void> {
    await this.provider.interactionDetails(req, res)
    res.send(signInPage())
  }

  @Post(':uid')
  async signIn(
    @Body() body: { readonly email: string; readonly password: string },
    @Req() req: Request,
    @Res() res: Response,
  ): Promise<void> {
    await this.provider.interactionDetails(req, res)
    const person = findByPassword(body.email, body.password)
    if (!person) {
      res.status(422).send(signInPage('That email and password do not match.'))
      return
    }
    const result = await rekey.loginResult(person.id, { authenticatedAt: Math.floor(Date.now() / 1000) }, { req, res })
    await this.provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
  }
}
