/** Languages, logos and emails of a host's own, from files. */
import { expect } from 'chai'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OptionsRefused, type RekeyOptions } from '../../src/index.ts'
import { templates } from '../../src/mail/templates.ts'
import { languagesIn } from '../../src/i18n/languages.ts'
import { languages, words } from '../../src/i18n/messages.ts'
import { createVisitor } from '../support/client.ts'
import { type Host, startHost } from '../support/host.ts'

describe('Files of a host’s own', () => {
  let folder = ''
  let english: Record<string, string> = {}
  let host: Host | undefined
  before(async () => {
    english = JSON.parse(await readFile('views/locales/en.json', 'utf8')) as Record<string, string>
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekey-own-'))
  })
  afterEach(async () => {
    await host?.close()
    host = undefined
    await rm(folder, { recursive: true })
  })

  const open = async (options: Partial<RekeyOptions>): Promise<Host> => (host = await startHost({ options }))
  const refusal = async (options: Partial<RekeyOptions>): Promise<string[]> => {
    const error: unknown = await open(options).catch((reason: unknown) => reason)
    if (!(error instanceof OptionsRefused)) throw new Error('it was accepted')
    return error.faults.map(({ path, message }) => `${path}: ${message}`)
  }
  const save = async (name: string, content: string | Buffer): Promise<string> => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  const finnish = () => ({
    ...english,
    'language.name': 'Suomi',
    'language.formats': 'fi',
    'sign-in.heading': 'Kirjaudu',
  })

  describe('a language', () => {
    it('is negotiated, offered by a link, and used in emails', async () => {
      await save('fi.json', JSON.stringify(finnish()))
      const { issuer, rekey, letters, people } = await open({ localesDirectory: folder, languages: ['en', 'fi'] })
      const get = async (query: string, headers = {}) => {
        const answer = await fetch(`${issuer}/two-factor/reset/garbage${query}`, { headers })
        return { language: answer.headers.get('content-language'), text: await answer.text() }
      }
      const first = await get('')
      expect(first.language).to.equal('en')
      expect(first.text).to.match(/<a [^>]*href="\?language=fi"[^>]*>\s*Suomi/)
      expect((await get('', { 'accept-language': 'fi-FI, de;q=0.5' })).language).to.equal('fi')
      const chosen = await get('?language=fi')
      expect([chosen.language, chosen.text.includes('<html lang="fi" dir="ltr">')]).to.deep.equal(['fi', true])
      expect((await get('?language=fr')).language).to.equal('en')

      people.set('ana', { ...people.get('ana')!, locale: 'fi-FI' })
      await rekey.adopt([{ id: 'ana', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }])
      await rekey.reset({ accountId: 'ana', by: null })
      await rekey.idle()
      expect(letters.map(({ locale }) => locale)).to.deep.equal(['fi'])
    })

    it('with missing messages is refused at the start, in one line that names them', async () => {
      const named = Object.keys(english).filter((key) => ['cancel', 'sign-in.heading'].includes(key))
      const rest = Object.entries(finnish()).filter(([key]) => !named.includes(key))
      const path = await save('fi.json', JSON.stringify(Object.fromEntries(rest)))
      expect(await refusal({ localesDirectory: folder })).to.deep.equal([
        `localesDirectory: ${path}: no message for ${named.join(', ')}`,
      ])
      await save('fi.json', '{}')
      const [line = ''] = await refusal({ localesDirectory: folder })
      expect(line).to.match(/^localesDirectory: [^\n]+ and \d{3,} more$/)
    })

    const changed = (more: object) => JSON.stringify({ ...finnish(), ...more })
    const faulty: Record<string, [content: () => string, says: RegExp]> = {
      'that is no JSON': [() => '{', /fi\.json: /],
      'that is no object': [() => '[]', /must be an object/],
      'with an unknown key': [() => changed({ 'sign-in.headng': 'x' }), /there is no message called sign-in\.headng/],
      'with a message that is no text': [() => changed({ cancel: 1 }), /cancel: must be text/],
      'with a broken message': [() => changed({ cancel: '{' }), /cancel: /],
      'with a value that no page gives': [() => changed({ cancel: '{who}' }), /cancel: there is no value \{who\}/],
      'with formats of no language': [() => changed({ 'language.formats': 'x_y' }), /must be a language tag/],
    }
    for (const [what, [content, says]] of Object.entries(faulty))
      it(`${what} is refused in one line`, async () => {
        await save('fi.json', content())
        const faults = await refusal({ localesDirectory: folder })
        expect(faults).to.have.length(1)
        expect(faults[0]).to.match(says).and.not.include('\n')
      })

    it('is refused if its folder is missing or its file is not named after a language', async () => {
      expect(await refusal({ localesDirectory: join(folder, 'nowhere') })).to.deep.equal([
        `localesDirectory: cannot read ${join(folder, 'nowhere')}: there is no such file or folder`,
      ])
      const path = await save('finnish_.json', '{}')
      expect(await refusal({ localesDirectory: folder })).to.deep.equal([
        `localesDirectory: ${path}: the name must be a language tag such as pt or pt-BR`,
      ])
    })

    it('that is shipped may have some of its messages replaced', async () => {
      await save('de.json', JSON.stringify({ cancel: 'Doch nicht' }))
      const { names, wordsOf } = languagesIn(folder)
      expect(names).to.deep.equal(['en', ...languages.filter((language) => language !== 'en')])
      expect([wordsOf('de').say('cancel'), words('de').say('cancel')]).to.deep.equal(['Doch nicht', 'Abbrechen'])
      expect(wordsOf('de').say('sign-in.submit')).to.equal(words('de').say('sign-in.submit'))
    })
  })

  describe('a logo', () => {
    const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
    const svg = '<?xml version="1.0"?><!-- a --><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    const imagesOf = (text: string) => [...text.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, src = '']) => src)
    const policyOf = ({ headers }: Response) => headers.get('content-security-policy') ?? ''

    it('is served by its content, not by its name; an SVG runs no script', async () => {
      const brand = { name: 'Acme', logoLight: await save('a.txt', svg), logoDark: await save('b.svg', png) }
      const { issuer } = await open({ brand })
      const page = await createVisitor(issuer).get('/two-factor/reset/garbage')
      const [dark, light] = imagesOf(page.text).filter((src) => src.includes('logo'))
      expect(light).to.match(/^\/assets\/logo-light\.svg\?v=[\w-]{8}$/)
      expect(dark).to.match(/^\/assets\/logo-dark\.png\?v=[\w-]{8}$/)
      const [vector, bitmap] = await Promise.all([light, dark].map((src) => fetch(`${issuer}${src}`)))
      expect([vector!, bitmap!].map(({ headers }) => headers.get('content-type'))).to.deep.equal([
        'image/svg+xml',
        'image/png',
      ])
      expect(policyOf(vector!)).to.equal("default-src 'none'; style-src 'unsafe-inline'; sandbox")
      expect(vector!.headers.get('x-content-type-options')).to.equal('nosniff')
      expect(Buffer.from(await bitmap!.arrayBuffer())).to.deep.equal(png)
    })

    it('elsewhere widens img-src of our pages by that image alone', async () => {
      const brand = { name: 'Acme', logoLight: 'https://cdn.example.com/a,b;c/logo.svg?v=2' }
      const { issuer } = await open({ brand })
      const page = await fetch(`${issuer}/two-factor/reset/garbage`)
      expect(policyOf(page)).to.include("img-src 'self' https://cdn.example.com/a%2Cb%3Bc/logo.svg; ")
      expect(imagesOf(await page.text())).to.include('https://cdn.example.com/a,b;c/logo.svg?v=2')
      expect(policyOf(await fetch(`${issuer}/assets/style.css`))).to.not.include('cdn.example.com')
    })

    it('that cannot be shown is refused at the start', async () => {
      const [nowhere, page, large] = ['nowhere.svg', 'page.svg', 'large.png'].map((name) => join(folder, name))
      await save('page.svg', '<html><svg></svg></html>')
      await save('large.png', Buffer.concat([png, Buffer.alloc(1_000_000)]))
      const noUrl = 'must be a file, or an https URL without a user and a fragment'
      const logos: [logo: string, says: string][] = [
        [nowhere!, `cannot read ${nowhere}: there is no such file or folder`],
        [folder, `cannot read ${folder}: it is a folder, not a file`],
        [page!, `${page} is not an SVG, PNG, JPEG or WebP image`],
        [large!, `${large} is larger than 1000000 bytes`],
        ['http://cdn.example.com/logo.png', noUrl],
        ['javascript://x', noUrl],
      ]
      for (const [logoDark, says] of logos)
        expect(await refusal({ brand: { name: 'Acme', logoDark } })).to.deep.equal([`brand.logoDark: ${says}`])
    })
  })

  describe('an email', () => {
    const written = () =>
      templates({ issuer: 'https://id.example.com', brand: { name: 'Acme' }, words: () => words('en'), own: folder })

    it('is written by the template that replaces ours', async () => {
      await mkdir(join(folder, 'mail'))
      await save('mail/email.txt.ejs', 'Acme says: <%- locals.say(locals.plan.subject) %>')
      const person = { email: 'ana@example.com', name: 'Ana', locale: null }
      const { text, html } = written().newBackupCodes({ person, at: 1 })
      expect(text).to.match(/^Acme says: \S/)
      expect(html).to.include('<html lang="en"')
    })

    it('of another name is refused at the start', async () => {
      expect(written).to.not.throw()
      await mkdir(join(folder, 'mail'))
      await save('mail/reset.ejs', '')
      expect(written).to.throw('there is no email template named reset.ejs')
      const error: unknown = await open({ viewsDirectory: folder }).catch((reason: unknown) => reason)
      expect((error as Error).message).to.include('reset.ejs')
    })
  })
})
