/** Which passwords may be chosen: long enough and not easily guessed, without rules of composition. */
import { expect } from 'chai'
import { passwordFault } from '../../src/core/passwordPolicy.ts'

const common: ReadonlySet<string> = new Set(['butterfly', 'liverpool'])
const personal = ['ana.silva@example.com', 'Ana Silva', 'Acme ID']
const faultOf = (password: string) => passwordFault(password, personal, common)
const faultsOf = (...passwords: string[]) => passwords.map(faultOf)

describe('A new password', () => {
  it('has 8 to 256 characters, counted as a person does and not in UTF-16 units', () => {
    expect(faultsOf('', 'zk4 gt9', 'zk4 gt9w')).to.deep.equal(['empty', 'short', null])
    const long = 'zk4 gt9w'.repeat(32)
    expect(faultsOf(long, `${long}x`)).to.deep.equal([null, 'long'])
    expect(faultsOf('😀😁😂😃', '😀🙈😂🐙🚲🎈🍋🌵')).to.deep.equal(['short', null])
    // Seven characters, each of a letter and a combining mark.
    expect(faultOf('z\u0301'.repeat(3) + 'a\u0301e\u0301o\u0301u\u0301')).to.equal('short')
  })

  it('needs no capital, digit or symbol', () => {
    expect(faultsOf('correct horse battery staple', 'korbflechter')).to.deep.equal([null, null])
  })

  it('is not a common one, in any case, or with digits and symbols at its end', () => {
    expect(faultsOf('butterfly', 'BUTTERFLY', 'Butterfly2026!', 'liverpool--1')).to.deep.equal(Array(4).fill('common'))
    expect(faultsOf('butterfly garden', '2026butterfly')).to.deep.equal([null, null])
  })

  it('is not a keyboard row or a German word that lists of leaked passwords lack', () => {
    expect(faultsOf('qwertzuiop', 'Passwort1', 'willkommen!', '1qaz2wsx')).to.deep.equal(Array(4).fill('common'))
  })

  it('is not one repeated character or a sequence', () => {
    expect(faultsOf('11111111', '12345678', '87654321', '1234567890', 'zzzzzzzzzz', 'cdefghijkl')).to.deep.equal(
      Array(6).fill('common'),
    )
    expect(faultOf('82630174')).to.equal(null)
  })

  it('is not the name or the email of its owner, nor the name of the service, also with an end', () => {
    expect(
      faultsOf('Ana Silva', 'ana.silva', 'anasilva2026', 'Ana-Silva!!', 'ana.silva@example.com', 'acme id 123'),
    ).to.deep.equal(Array(6).fill('personal'))
    // Digits at the end may belong to the address.
    expect(passwordFault('silva1987', ['silva1987@example.com'], common)).to.equal('personal')
    expect(faultOf('silva in the garden')).to.equal(null)
  })
})
