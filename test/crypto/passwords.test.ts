import { expect } from 'chai'
import { argon2Sync } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Busy } from '../../src/errors.ts'
import { hashPassword, needsRehash, verifyPassword } from '../../src/crypto/passwords.ts'

/** From the test suite of the reference implementation (phc-winner-argon2, test.c): 64 MiB, salt 'somesalt'. */
const referenceHash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
const damaged = {
  nothing: '',
  noise: 'hunter2',
  'bcrypt, cut off': '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhW',
  'cut off': referenceHash.slice(0, -30),
  'without its salt': referenceHash.replace('$c29tZXNhbHQ', ''),
  'without its cost': referenceHash.replace('$m=65536,t=2,p=1', ''),
}

describe('A password', () => {
  let phc = ''
  before(async () => {
    phc = await hashPassword('correct horse')
  })

  it('is stored as argon2id with 19 MiB, two passes and one lane', () => {
    expect(phc).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  })

  it('has the hash that another implementation computes', () => {
    const [, , , , salt = '', tag = ''] = phc.split('$')
    const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 }
    const expected = argon2Sync('argon2id', { message: 'correct horse', nonce: Buffer.from(salt, 'base64'), ...cost })
    expect(Buffer.from(tag, 'base64')).to.deep.equal(expected)
  })

  it('is right when it is the same, and wrong otherwise', async () => {
    expect(await verifyPassword(phc, 'correct horse')).to.equal(true)
    for (const wrong of [
      '',
      'correct hors',
      'correct horse ',
      'Correct horse',
      'correct horse\u0000',
      '\u0000correct horse',
    ]) {
      expect(await verifyPassword(phc, wrong), JSON.stringify(wrong)).to.equal(false)
    }
  })

  it('has another hash each time', async () => {
    expect(await hashPassword('correct horse')).to.not.equal(phc)
  })

  it('is the same in any Unicode composition', async () => {
    const composed = await hashPassword('caf\u00e9 \u1e69')
    expect(await verifyPassword(composed, 'cafe\u0301 s\u0323\u0307')).to.equal(true)
    expect(await verifyPassword(composed, 'cafe \u1e69')).to.equal(false)
  })

  it('is different with characters that only look alike', async () => {
    const ligature = await hashPassword('ﬁsh²')
    expect(await verifyPassword(ligature, 'ﬁsh²')).to.equal(true)
    expect(await verifyPassword(ligature, 'fish2')).to.equal(false)
  })

  it('may have 1024 bytes, all of which count', async () => {
    const long = await hashPassword('é'.repeat(512))
    expect(await verifyPassword(long, 'é'.repeat(512))).to.equal(true)
    expect(await verifyPassword(long, `${'é'.repeat(511)}ee`)).to.equal(false)
    expect(await verifyPassword(long, `${'é'.repeat(512)}e`)).to.equal(false)
  })

  for (const password of ['e'.repeat(1025), 'é'.repeat(513), 'e'.repeat(10_000_000)]) {
    it(`of ${Buffer.byteLength(password)} bytes is not hashed and never right`, async () => {
      const refusal = await hashPassword(password).catch((error: unknown) => error)
      expect(refusal).to.be.instanceOf(RangeError)
      expect(await verifyPassword(phc, password)).to.equal(false)
      expect(await verifyPassword(null, password)).to.equal(false)
    })
  }

  it('that is too long does not equal an empty one', async () => {
    const empty = await hashPassword('')
    expect(await verifyPassword(empty, '')).to.equal(true)
    expect(await verifyPassword(empty, 'e'.repeat(1025))).to.equal(false)
  })

  it('of an unknown person is always wrong', async () => {
    for (const guess of ['', 'password', 'correct horse', 'null']) {
      expect(await verifyPassword(null, guess), guess).to.equal(false)
    }
  })

  it('is also verified against hashes of another cost', async () => {
    expect(await verifyPassword(referenceHash, 'password')).to.equal(true)
    expect(await verifyPassword(referenceHash, 'Password')).to.equal(false)
  })
})

describe('A stored password hash', () => {
  it('is current when it was made today', async () => {
    expect(needsRehash(await hashPassword('x'))).to.equal(false)
  })

  const outdated: Record<string, string> = {
    'more memory': referenceHash,
    'less memory': referenceHash.replace('m=65536', 'm=4096'),
    'another number of passes': referenceHash.replace('m=65536,t=2', 'm=19456,t=3'),
    'more lanes': referenceHash.replace('m=65536,t=2,p=1', 'm=19456,t=2,p=4'),
    'a short salt': referenceHash.replace('m=65536', 'm=19456'),
    'the older version': referenceHash.replace('v=19', 'v=16').replace('m=65536', 'm=19456'),
  }
  for (const [what, phc] of Object.entries(outdated)) {
    it(`must be replaced when it has ${what}`, () => {
      expect(needsRehash(phc)).to.equal(true)
    })
  }

  for (const [what, phc] of Object.entries(damaged)) {
    it(`that is ${what} is reported as damage, without quoting it`, async () => {
      const message = `a stored password hash cannot be used: ${phc.startsWith('$') ? 'damaged' : 'unknown'}`
      const refusal = await verifyPassword(phc, 'password').catch((error: unknown) => error)
      expect(refusal).to.be.instanceOf(Error).with.property('message', message)
      expect(refusal).to.not.have.property('cause')
      expect(() => needsRehash(phc)).to.throw(message)
    })
  }
})

describe('A flood of sign-ins', () => {
  it('is refused beyond a bounded wait, for known and unknown people alike, and then ends', async () => {
    const apps = Math.min(availableParallelism(), 3) + 128
    const attempts = Array.from({ length: apps + 20 }, () => verifyPassword(null, 'guess'))
    const known = verifyPassword(referenceHash, 'password')
    const results = await Promise.allSettled([...attempts, known])
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused).to.have.length(21)
    for (const { reason } of refused) expect(reason).to.be.instanceOf(Busy)
    expect(results.slice(0, apps).every((result) => result.status === 'fulfilled')).to.equal(true)
    expect(await verifyPassword(null, 'guess')).to.equal(false)
  })
})
