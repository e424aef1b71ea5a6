import { expect } from 'chai'
import { passkeySettings, rpIdFault, rpIdOfIssuer } from '../../src/core/passkeyAddress.ts'

describe('The RP ID of passkeys', () => {
  const known: Record<string, string | null> = {
    'https://id.example.com': 'id.example.com',
    'https://id.example.com:8443/oidc': 'id.example.com',
    'https://ID.Example.com': 'id.example.com',
    'https://bücher.example': 'xn--bcher-kva.example',
    'http://localhost:3000': 'localhost',
    'https://localhost': 'localhost',
    'http://id.localhost:3000': 'id.localhost',
    'http://id.example.com': null,
    'http://127.0.0.1:3000': null,
    'https://127.0.0.1': null,
    'https://192.0.2.7': null,
    'https://[::1]:3000': null,
    'http://notlocalhost': null,
  }
  for (const [issuer, rpId] of Object.entries(known))
    it(`is ${rpId} at ${issuer}`, () => {
      expect(rpIdOfIssuer(new URL(issuer))).to.equal(rpId)
    })

  it('decides with the options whether passkeys are offered', () => {
    const https = new URL('https://id.example.com/oidc')
    const found = { offer: true, rpId: 'id.example.com', rpName: 'Acme', origin: 'https://id.example.com' }
    expect(passkeySettings(https, 'Acme')).to.deep.equal(found)
    expect(passkeySettings(https, 'Acme', { offer: false })).to.deep.equal({ ...found, offer: false })
    expect(passkeySettings(https, 'Acme', { rpId: 'example.com', rpName: 'Acme Inc.' })).to.deep.equal({
      ...found,
      rpId: 'example.com',
      rpName: 'Acme Inc.',
    })
    expect(passkeySettings(new URL('http://127.0.0.1:3000'), 'Acme')).to.include({ offer: false, rpId: null })
  })

  const issuer = new URL('https://id.example.com')
  it('may be a domain above the host name of the issuer', () => {
    for (const rpId of ['id.example.com', 'example.com']) expect(rpIdFault(rpId, issuer), rpId).to.equal(null)
    expect(rpIdFault('localhost', new URL('http://localhost:3000'))).to.equal(null)
  })

  it('is refused elsewhere', () => {
    const others = [
      'com',
      '',
      'other.example.com',
      'x.id.example.com',
      'ample.com',
      'example.org',
      'EXAMPLE.COM',
      '.com',
    ]
    for (const rpId of others)
      expect(rpIdFault(rpId, issuer), rpId).to.equal('must be the host name of the issuer or a domain above it')
    expect(rpIdFault('localhost', new URL('http://id.localhost'))).to.be.a('string')
    expect(rpIdFault('0.1', new URL('http://127.0.0.1:3000'))).to.equal('browsers make no passkeys at this issuer')
  })
})
