import { expect } from 'chai'
import request from 'supertest'
import { demoPeople, createDemoAccounts } from '../../src/server/demo.ts'
import { developmentMailbox } from '../../src/server/mailbox.ts'
import { openStandalone, type Standalone } from '../field/standalone.ts'

describe('The pages of a demonstration', () => {
  let service: Standalone
  before(async () => {
    service = await openStandalone()
    await createDemoAccounts(service.host.directory, 'demo password')
  })
  after(() => service.close())

  const page = async (path: string, status = 200): Promise<request.Response> =>
    request(service.issuer).get(path).expect(status)
  const send = async (id: string, to: string, subject: string): Promise<void> => {
    const { store, clock } = service.host
    const mailbox = developmentMailbox(store.journal('mailbox'), clock)
    const html = `<!doctype html><html lang="en"><head><title>x</title></head><body><p>${subject}</p></body></html>`
    await mailbox.mailer.send({ id, to, subject, text: `Text of ${subject}`, html, locale: 'en' })
  }
  const rows = (text: string): string[] => [...text.matchAll(/<li>(<span>.*?)<\/li>/g)].map(([, row = '']) => row)

  it('name each person, with role and the present state of the second factor', async () => {
    const before = rows((await page('/')).text)
    expect(before).to.have.length(demoPeople.length)
    const ana = before.find((row) => row.includes('user01@example.com'))
    expect(ana).to.include('Ana Silva').and.include('2FA off')
    await service.host.rekey.adopt([{ id: 'user01', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }])
    const now = rows((await page('/')).text)
    expect(now.find((row) => row.includes('user01@example.com'))).to.include('2FA on')
    expect(now.find((row) => row.includes('user02@example.com'))).to.include('2FA off')
  })

  it('lead in the order of a first try, with a password that can be copied', async () => {
    const { text } = await page('/')
    const order = ['Sign in as', 'href="/sample"', 'Reset 2FA as', 'href="/admin"', 'Read the email', 'href="/mailbox"']
    const positions = order.map((part) => text.indexOf(part))
    expect(positions).not.to.include(-1)
    expect(positions).to.deep.equal(positions.toSorted((a, b) => a - b))
    expect(text).to.include(`id="password" dir="ltr">${service.password}<`).and.include('data-copy="password"')
  })

  it('show an email in a frame that runs no script, submits no form and shares no origin', async () => {
    expect((await page('/mailbox')).text).to.include('No emails yet.')
    await send('a/1&x', 'ana@example.com', 'First')
    await send('b', 'ben@example.com', 'Second')
    const { text, headers } = await page('/mailbox?email=a%2F1%26x')
    expect(headers['content-security-policy']).to.match(/^default-src 'none'.*; frame-src 'self'$/)
    const [, source = '', sandbox] = /<iframe src="([^"]*)" title="First" sandbox="([^"]*)"/.exec(text) ?? []
    expect(sandbox).to.equal('allow-top-navigation-by-user-activation')
    const framed = await page(source.replaceAll('&amp;', '&'))
    const policy = String(framed.headers['content-security-policy'])
    for (const part of ["default-src 'none'", "form-action 'none'", "frame-ancestors 'self'", `sandbox ${sandbox}`])
      expect(policy.split('; ')).to.include(part)
    expect(policy).not.to.match(/script-src|allow-scripts|allow-same-origin/)
    expect(framed.headers).not.to.have.property('x-frame-options')
    expect(framed.text).to.include('<base target="_top">').and.include('<p>First</p>')
  })

  it('show the text of an email instead, the emails of one recipient, and the newest for an unknown id', async () => {
    const { text } = await page('/mailbox?to=ana@example.com&as=text&email=nothing')
    expect(text).to.include('Text of First').and.not.include('<iframe')
    expect(text).not.to.include('Second')
    expect((await page('/mailbox')).text).to.match(/<h2 id="subject"><bdi>Second/)
    // A parameter that is given twice counts as absent.
    expect((await page('/mailbox?email=b&email=a%2F1%26x&to=a&to=b')).text).to.match(/<h2 id="subject"><bdi>Second/)
    expect((await page('/mailbox?to=nobody@example.com')).text).to.include('No emails yet.')
  })

  it('answer 404 for the document of an email that is not there', async () => {
    for (const path of ['/mailbox/html', '/mailbox/html?email=c']) await page(path, 404)
  })

  it('list the emails for programs as before', async () => {
    const { items } = (await page('/mailbox.json')).body as { items: object[] }
    expect(items.map((item) => Object.keys(item))).to.deep.equal(
      Array.from({ length: 2 }, () => ['to', 'subject', 'text', 'html', 'at']),
    )
  })
})
