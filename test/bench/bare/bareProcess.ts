/**
 * The bare side: node-oidc-provider with a plain adapter, an account document with compare-and-set, and pages of a few lines. It has no log,
 * no audit, no limits, no translations, and imports nothing of `src`. `import FILE` creates accounts; without a command it serves.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Router } from '@koa/router'
import Koa, { type Context } from 'koa'
import mount from 'koa-mount'
import { createTransport } from 'nodemailer'
import { interactionPolicy, type JWKS, Provider } from 'oidc-provider'
import { generateSecret, generateURI, verifySync } from 'otplib'
import QRCode from 'qrcode'
import getRawBody from 'raw-body'
import type { Account, Database, Stored } from './database.ts'
import { openRedis } from './redis.ts'
import { openPostgres, openSqlite } from './sql.ts'

const { REDIS_URL, DATABASE_URL, DATA_DIR = '', ISSUER = '', JWKS = '', PORT, SMTP_URL, BENCH_PASSWORD } = process.env
const { clients } = JSON.parse(process.env['CLIENTS'] ?? '{}')

const database = await (REDIS_URL
  ? openRedis(REDIS_URL)
  : DATABASE_URL
    ? openPostgres(DATABASE_URL)
    : openSqlite(DATA_DIR))
const [, , command, file = ''] = process.argv
if (command === 'import') await create(file)
else serve(database)

async function create(path: string): Promise<void> {
  for (const line of (await readFile(path, 'utf8')).trim().split('\n')) {
    const { id, email, roles = [], totp } = JSON.parse(line)
    await database.create({ id, email, roles, totp: totp ? { secret: totp.secret, lastStep: 0 } : null })
  }
  await database.close()
}

function createProvider({ adapter, byId }: Database): Provider {
  const policy = interactionPolicy.base()
  // First-party applications: no consent page.
  policy.get('consent')?.checks.clear()
  const provider = new Provider(ISSUER, {
    adapter,
    clients,
    jwks: JSON.parse(JWKS) as JWKS,
    cookies: { keys: ['a key of thirty-two characters or more'] },
    features: { devInteractions: { enabled: false } },
    interactions: { policy, url: (_ctx, { uid }) => `/sign-in/${uid}` },
    findAccount: async (_ctx, id) => {
      const found = await byId(id)
      return found && { accountId: id, claims: async () => ({ sub: id }) }
    },
    async loadExistingGrant({ oidc }) {
      const { client, session, params } = oidc
      if (!client || !session?.accountId) return undefined
      const known = session.grantIdFor(client.clientId)
      const grant =
        (known && (await provider.Grant.find(known))) ||
        new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope(String(params?.['scope']))
      await grant.save()
      return grant
    },
  })
  return provider
}

function serve(accounts: Database): void {
  const provider = createProvider(accounts)
  const router = new Router()
  signInPages(router, provider, accounts)
  const mailer = createTransport(SMTP_URL)
  router.post('/management/v1/users/:id/two-factor/resets', async (ctx) => {
    const actor = await personOf(ctx, provider)
    const { code } = JSON.parse(await body(ctx)) as { code: string }
    const target = await accounts.byId(ctx.params['id'] ?? '')
    if (!actor?.account.roles.includes('helpdesk') || !target) return ctx.throw(403)
    if (!(await useCode(actor, code))) return ctx.throw(422)
    const token = randomBytes(32).toString('base64url')
    const link = createHash('sha256').update(token).digest('base64url')
    if (!(await accounts.swap(target, { ...target.account, totp: null, link }))) return ctx.throw(409)
    const text = `Set up your authenticator again:\n\n${ISSUER}/two-factor/reset/${token}\n`
    await mailer.sendMail({ from: 'no-reply@example.com', to: target.account.email, subject: 'Reset', text })
    ctx.status = 201
    ctx.body = { id: target.account.id }
  })
  const app = new Koa()
  app.keys = provider.keys
  app.use(router.routes())
  app.use(mount('/', provider))
  app.listen(Number(PORT), '127.0.0.1')
}

function signInPages(router: Router, provider: Provider, { byEmail, byId }: Database): void {
  const details = (ctx: Context): ReturnType<Provider['interactionDetails']> =>
    provider.interactionDetails(ctx.req, ctx.res)
  const pendingOf = ({ result }: Awaited<ReturnType<typeof details>>): { id: string; secret?: string } =>
    result?.['pending'] as { id: string; secret?: string }

  router.get('/sign-in/:uid', async (ctx) => {
    const { uid } = await details(ctx)
    page(ctx, form(`/sign-in/${uid}`, '<input name="email"><input name="password" type="password">'))
  })
  router.post('/sign-in/:uid', async (ctx) => {
    const interaction = await details(ctx)
    const typed = await fields(ctx)
    const found = await byEmail(typed.get('email') ?? '')
    if (!found || typed.get('password') !== BENCH_PASSWORD) return ctx.throw(422)
    const { id, totp } = found.account
    interaction.result = { pending: totp ? { id } : { id, secret: generateSecret() } }
    await interaction.save(interaction.exp - Math.floor(Date.now() / 1000))
    seeOther(ctx, `/sign-in/${interaction.uid}/${totp ? 'code' : 'set-up'}`)
  })
  router.get('/sign-in/:uid/code', async (ctx) => {
    const { uid } = await details(ctx)
    page(ctx, form(`/sign-in/${uid}/code`, '<input name="code">'))
  })
  router.post('/sign-in/:uid/code', async (ctx) => {
    const interaction = await details(ctx)
    const typed = await fields(ctx)
    const accountId = pendingOf(interaction).id
    const found = await byId(accountId)
    if (!found || !(await useCode(found, typed.get('code') ?? ''))) return ctx.throw(422)
    seeOther(ctx, await provider.interactionResult(ctx.req, ctx.res, { login: { accountId } }))
  })
  router.get('/sign-in/:uid/set-up', async (ctx) => {
    const interaction = await details(ctx)
    const { id, secret = '' } = pendingOf(interaction)
    const found = await byId(id)
    const uri = generateURI({ issuer: 'Bare', label: found?.account.email ?? '', secret })
    const image = await QRCode.toString(uri, { type: 'svg' })
    page(ctx, image + form(`/sign-in/${interaction.uid}/set-up`, '<input name="code">'))
  })
}

/** Each step is used once: the step of the code is saved by compare-and-set. */
async function useCode(read: Stored, token: string): Promise<boolean> {
  const { totp } = read.account
  if (!totp || !/^\d{6}$/.test(token)) return false
  const result = verifySync({ secret: totp.secret, token, epochTolerance: 30, afterTimeStep: totp.lastStep })
  if (!result.valid || !('timeStep' in result)) return false
  const account: Account = { ...read.account, totp: { ...totp, lastStep: result.timeStep } }
  return database.swap(read, account)
}

async function personOf(ctx: Context, { AccessToken }: Provider): Promise<Stored | undefined> {
  const token = await AccessToken.find(ctx.get('authorization').replace('Bearer ', ''))
  return token?.isValid ? database.byId(token.accountId) : undefined
}

function page(ctx: Context, content: string): void {
  ctx.set('Cache-Control', 'no-store')
  ctx.type = 'html'
  ctx.body = `<!doctype html><title>Sign in</title>${content}`
}

const form = (action: string, inputs: string): string =>
  `<form method="post" action="${action}">${inputs}<button>Continue</button></form>`
const body = (ctx: Context): Promise<string> => getRawBody(ctx.req, { encoding: 'utf8', limit: 10_000 })
const fields = async (ctx: Context): Promise<URLSearchParams> => new URLSearchParams(await body(ctx))

function seeOther(ctx: Context, path: string): void {
  ctx.redirect(path)
  ctx.status = 303
}
