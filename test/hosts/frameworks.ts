/** Hosts of several frameworks as a stranger writes them, each with pages and errors of its own; without a host of ours: as they were. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import middie from '@fastify/middie'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import { fastify, type FastifyInstance } from 'fastify'
import helmet from 'helmet'
import Koa from 'koa'
import mount from 'koa-mount'
import type { Host, Listener } from '../support/host.ts'
import { ownErrors, ownPage } from './ownPages.ts'

export interface Framework {
  readonly name: string
  /** Path of the issuer. */
  readonly base: string
  /** @param host null: the host without rekey and without its provider */
  readonly application: (host: Host | null) => Listener | Promise<Listener>
}

const failed: ErrorRequestHandler = (error: { readonly message: string }, _req, res, _next) => {
  res.status(500).send(`the host says ${error.message}`)
}

function expressHost(before: readonly RequestHandler[], rest: (app: express.Express) => void): express.Express {
  const app = express()
  for (const handler of before) app.use(handler)
  rest(app)
  app.get('/own/page', (_req, res) => void res.send(ownPage))
  for (const [path, status] of Object.entries(ownErrors))
    app.get(path, (_req, res) => {
      if (status === 500) throw new Error('broken')
      res.status(status).json({ error: status })
    })
  app.use(failed)
  return app
}

const inExpress: Framework = {
  name: 'Express, before everything else',
  base: '/oidc',
  application: (host) =>
    expressHost(host ? [host.rekey.callback()] : [], (app) => host && app.use('/oidc', host.provider.callback())),
}

const inExpressWithParsers: Framework = {
  name: 'Express, under its prefix, behind helmet and body parsers',
  base: '/oidc',
  application: (host) =>
    expressHost([helmet(), express.json(), express.urlencoded({ extended: true })], (app) => {
      if (host) app.use('/oidc', host.rekey.callback(), host.provider.callback())
    }),
}

async function fastifyHost(addRekey: (app: FastifyInstance) => unknown): Promise<Listener> {
  const app = fastify()
  await addRekey(app)
  app.get('/own/page', async (_request, reply) => reply.type('text/html').send(ownPage))
  for (const [path, status] of Object.entries(ownErrors))
    app.get(path, async (_request, reply) => {
      if (status === 500) throw new Error('broken')
      return reply.status(status).send({ error: status })
    })
  await app.ready()
  return (req, res) => app.routing(req, res)
}

const inFastify: Framework = {
  name: 'Fastify, as a hook',
  base: '',
  application: (host) =>
    fastifyHost((app) => {
      if (!host) return
      const ours = host.rekey.callback()
      const provider = host.provider.callback()
      app.addHook('onRequest', (request, reply, done) => ours(request.raw, reply.raw, done))
      app.addHook('onRequest', (request, reply, done) => {
        if (request.url.startsWith('/own/')) done()
        else void provider(request.raw, reply.raw)
      })
    }),
}

const inMiddie: Framework = {
  name: 'Fastify, with middie',
  base: '/oidc',
  application: (host) =>
    fastifyHost(async (app) => {
      await app.register(middie)
      if (!host) return
      const provider = host.provider.callback()
      app.use(host.rekey.callback())
      app.use('/oidc', (req: IncomingMessage, res: ServerResponse) => void provider(req, res))
    }),
}

const inNode: Framework = {
  name: 'node:http',
  base: '',
  application: (host) => (req, res) => {
    const answerOwn = (): void => {
      const path = req.url ?? ''
      const status = ownErrors[path]
      if (status) res.writeHead(status, { 'Content-Type': 'text/plain' }).end(`the host says ${status}`)
      else if (path === '/own/page' || !host) res.writeHead(200, { 'Content-Type': 'text/html' }).end(ownPage)
      else void host.provider.callback()(req, res)
    }
    if (host) host.rekey.callback()(req, res, answerOwn)
    else answerOwn()
  },
}

const inKoa: Framework = {
  name: 'Koa, with keys of its own',
  base: '/oidc',
  application(host) {
    const app = new Koa()
    app.keys = ['keys of the host, which are not those of the provider']
    app.silent = true
    // As the library asks for behind a proxy that ends TLS. In the other frameworks it is the provider's own setting.
    app.proxy = true
    if (host) app.use(host.rekey.routes())
    app.use(async (ctx, next) => {
      const status = ownErrors[ctx.path]
      if (status === 500) throw new Error('the database of the host is away')
      if (status) ctx.throw(status, `the host says ${status}`)
      if (ctx.path !== '/own/page') return next()
      ctx.body = ownPage
    })
    if (host) app.use(mount('/oidc', host.provider))
    return app.callback()
  },
}

export const frameworks: readonly Framework[] = [inExpress, inExpressWithParsers, inFastify, inMiddie, inNode, inKoa]
