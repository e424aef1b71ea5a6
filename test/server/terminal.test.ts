import { expect } from 'chai'
import { createAccessLines, createLog } from '../../src/server/log.ts'
import { terminalLines, terminalText } from '../../src/server/terminal.ts'

describe('The log on a terminal', () => {
  const line = (fields: object) =>
    terminalText(JSON.stringify({ level: 30, time: Date.UTC(2026, 10, 28, 12), ...fields }))

  it('is one line of words: the time, what is not in order, the message and its facts', () => {
    expect(line({ msg: 'all workers serve', workers: 2 })).to.match(/^\d\d:00:00 all workers serve \(workers 2\)\n$/)
    expect(line({ level: 40, msg: 'a request without Host' })).to.match(/^\d\d:00:00 warn: a request without Host\n$/)
  })

  it('shows an error with its stack and its cause, indented', () => {
    const err = {
      type: 'Error',
      message: 'no mail',
      stack: 'Error: no mail\n    at a.ts:1',
      cause: { message: 'refused' },
    }
    const shown = line({ level: 50, msg: 'request failed', err }).split('\n').slice(1)
    expect(shown).to.deep.equal(['  Error: no mail', '      at a.ts:1', '  because of refused', ''])
  })

  it('lets no text move the cursor or begin a line', () => {
    const shown = line({ msg: 'from \u001B[2Ja\n12:00:00 all is well', agent: 'b\u009B31m\r\u202Ec' })
    expect(shown.trimEnd()).to.match(/^[\P{Cc}]*$/u)
    expect(shown).not.to.include('\u202E')
  })

  it('leaves what is no JSON as it is', () => {
    expect(terminalText('plain\n')).to.equal('plain\n')
  })

  it('keeps secrets out, as the log of a file does', () => {
    const texts: string[] = []
    createLog(
      'info',
      terminalLines((text) => texts.push(text)),
    ).info({ password: 's3cr3t' }, 'at /invitation/s3cr3t')
    expect(texts.join('')).to.include('[redacted]').and.not.include('s3cr3t')
  })

  it('has no line for an ordinary request, so that the address and the password stay in sight', () => {
    const written = (level: string, status: number): number => {
      const texts: string[] = []
      const request = { requestId: 'r', method: 'GET', route: '/', status, ms: 1, isCut: false }
      createAccessLines(
        level,
        terminalLines((text) => texts.push(text)),
      )(request)
      return texts.length
    }
    expect([written('info', 200), written('info', 404), written('info', 500), written('debug', 200)]).to.deep.equal([
      0, 0, 1, 1,
    ])
  })
})
