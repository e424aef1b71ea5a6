import { hash as argon2 } from '@node-rs/argon2'
import { expect } from 'chai'
import { readHash } from '../../src/crypto/passwordHashes.ts'
import { checkPassword, costOf, hashPassword, needsRehash } from '../../src/crypto/passwords.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { parse } from '../../src/server/directory/profile.ts'

const password = 'correct horse é'

/** Of `password`, computed by other software: Python's hashlib and hmac, libxcrypt, and the reference code of argon2. */
const elsewhere: Readonly<Record<string, string>> = {
  'PBKDF2 of passlib': '$pbkdf2-sha256$1000$../74aB4eHh4eHh4eHh4eA$xLaTrEvDS3/8lksQ5IHc1SiIFxF./e/rb9rbVRRlF6Y',
  'PBKDF2 with SHA-1 of passlib': '$pbkdf2$1000$../74aB4eHh4eHh4eHh4eA$6HLQnb2HWX9Nam.sel9CS8BS3MY',
  'PBKDF2 of OpenLDAP': '{PBKDF2-SHA256}1000$../74aB4eHh4eHh4eHh4eA$xLaTrEvDS3/8lksQ5IHc1SiIFxF./e/rb9rbVRRlF6Y',
  'PBKDF2 in PHC form':
    '$pbkdf2-sha512$i=1000,l=64$AAECAwQFBgcICQoLDA0ODw$VsXvQWEbCwzoHCBNt2mML44sfz+4fJZuL0Wn47ifOz/pgIRvOlYqbD84GHnCiLN3erIxNhGh0IYgnqsU4k46WQ',
  'PBKDF2 of Django': 'pbkdf2_sha256$1000$NaClNaCl12$bU/TW5lz3b3akPANq/qLf+rNCaFAzTdAhRSLkohHIRw=',
  'PBKDF2 with SHA-1 of Django': 'pbkdf2_sha1$1000$NaClNaCl12$TiGUdTqq/WB3HPnKKK9vk4Q1Jdw=',
  'PBKDF2 of Werkzeug':
    'pbkdf2:sha512:1000$NaClNaCl12$91e7ea4c16a2794c9be3df6e329406325243ea01ac3e1be4ed188a5e2c5ccee2d92f8784da363ea169e149ae7c7cae404805c571f357c510801642d69b5d8a8f',
  'PBKDF2 of ASP.NET, version 2': 'AAABAgMEBQYHCAkKCwwNDg9tU81JvBoF52JRfNK0xVDHE0Vn9mr6NPNt9F0r2xxy8g==',
  'PBKDF2 of ASP.NET, version 3':
    'AQAAAAEAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg9w0PNvvI+qN7qNupC6d9jUakNfc2STwotLvM1RfHBBVA==',
  'scrypt of Django':
    'scrypt$1024$NaClNaCl12$8$1$EpxQIt81HeYTzMgUFzPl1OZJmeVSH2RKXc8s3I29KR7x/N/C/SVdZXcSVLH1I1sCMs8oqFsCe689ex/hxPZtbw==',
  'scrypt of Werkzeug':
    'scrypt:1024:8:1$NaClNaCl12$129c5022df351de613ccc8141733e5d4e64999e5521f644a5dcf2cdc8dbd291ef1fcdfc2fd255d65771254b1f5235b0232cf28a85b027baf3d7b1fe1c4f66d6f',
  'scrypt in PHC form':
    '$scrypt$ln=10,r=8,p=1$TmFDbE5hQ2wxMg$EpxQIt81HeYTzMgUFzPl1OZJmeVSH2RKXc8s3I29KR7x/N/C/SVdZXcSVLH1I1sCMs8oqFsCe689ex/hxPZtbw',
  'bcrypt 2a': '$2a$04$abcdefghijklmnopqrstuub.ZjCeFtaHcVNO3csJiht1Oa5O89F5e',
  'bcrypt 2b': '$2b$04$abcdefghijklmnopqrstuub.ZjCeFtaHcVNO3csJiht1Oa5O89F5e',
  'bcrypt 2y': '$2y$04$abcdefghijklmnopqrstuub.ZjCeFtaHcVNO3csJiht1Oa5O89F5e',
  'bcrypt of Django': 'bcrypt$$2b$04$abcdefghijklmnopqrstuub.ZjCeFtaHcVNO3csJiht1Oa5O89F5e',
  'bcrypt of Spring': '{bcrypt}$2a$04$abcdefghijklmnopqrstuub.ZjCeFtaHcVNO3csJiht1Oa5O89F5e',
  'bcrypt after SHA-256 of Django': 'bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuxuwXEx/UhF6n03Qa9Uk8Ty7hm99XTii',
  'bcrypt after SHA-256 of passlib':
    '$bcrypt-sha256$v=2,t=2b,r=4$abcdefghijklmnopqrstuu$2d7fT.ELhuPiraxyFEzZW3UUPZqWUKK',
  SSHA: '{SSHA}qV/nznSTeAOhx+Eq8aUgD18eSPgAAQIDBAUGBw==',
  SSHA256: '{SSHA256}CEdosTuyCUuPCgzqJtQ6EUZEC7u6SN0aR5aKfy8uFHIAAQIDBAUGBw==',
  SSHA512: '{SSHA512}X8f386nYHxeEyiMJps5H/yhEs7/PRRobHTfUPy44PJutMin0y3zX7wBj2n3PjAVaBzt/P8QWi7ybNEDMDO40XQABAgMEBQYH',
  argon2d: '$argon2d$v=19$m=64,t=1,p=1$QC5+vadoCfuhSkDgqo7dzA$5zI0ACtFHkH3OVB/n+YJE7Y7Yqtwrbo22vZ69f0U40Q',
  argon2i: '$argon2i$v=19$m=64,t=1,p=1$S3szatNNjRWZL+ayEzfCvA$9Z7FHiAoBkLlv8nE+XT1xRZOhJp/E3agV2ApOt7hxuk',
  argon2id: '$argon2id$v=19$m=64,t=1,p=1$acc/qIUB9JotFi4/ighHjQ$IDBFg+/GWco9e3PmixVwIQapZWWr3sSxqAetcUOgDac',
  'argon2id of Django':
    'argon2$argon2id$v=19$m=64,t=1,p=1$acc/qIUB9JotFi4/ighHjQ$IDBFg+/GWco9e3PmixVwIQapZWWr3sSxqAetcUOgDac',
  'SHA-512 of crypt':
    '$6$saltsaltsalt$IDnbSqfitzNcrbuR7LlHg4sUM1Q4RfxknWDyRVsrqx8ozzaAq3atq1uIZy3Qk34NB3AaZD.hE9hpMsSjbNijU.',
  'SHA-256 of crypt, with rounds': '$5$rounds=1000$NaCl$Xinxh8oO6x0cIWSgmKOG7bSZfAtjytdNIJyFGlTxZWA',
  'SHA-512 of LDAP':
    '{CRYPT}$6$rounds=1234$0123456789abcdef$kfctyjpByPsfxI6xWs9H/pmB/obYyy86pa9IqiB0wc0hJxfqnPAOPpGEQs1uWrpz4kMgxO69LRb1xNSDGI3Ub.',
  'SHA without salt': '{SHA}/8wfRUGm8tTSBrWrjhQj2hPe5cw=',
}

describe('A password hash made by other software', () => {
  it('is verified, replaced at the first right password, and right again afterwards', async () => {
    const { profiles } = memoryStore({ clock: { now: () => 0 } })
    const directory = createDirectory({ profiles, clock: { now: () => 0 } })
    const stored = async (id: string) => parse((await profiles.read(id))!).passwordHash ?? ''
    for (const [id, passwordHash] of Object.entries(elsewhere)) {
      const email = `${id.replaceAll(/\W/g, '')}@example.com`
      await directory.create({ id, email, name: 'N', passwordHash })
      expect(await directory.authenticate(email, `${password}x`), id).to.equal(null)
      expect(await stored(id), id).to.equal(passwordHash)
      expect(await directory.authenticate(email, password), id).to.have.property('id', id)
      expect(needsRehash(await stored(id)), id).to.equal(false)
    }
    expect(await directory.authenticate('SSHA@example.com', password)).to.have.property('id', 'SSHA')
  })

  it('costs as much for an unknown person as for a known one', async () => {
    for (const [name, hash] of Object.entries(elsewhere)) {
      expect(await checkPassword(null, password, undefined, costOf(hash)), name).to.equal('wrong')
      expect(costOf(hash), name).to.not.include('$abcdef')
    }
  })

  it('counts the bytes that bcrypt looked at, and all bytes once it is replaced', async () => {
    const { profiles } = memoryStore({ clock: { now: () => 0 } })
    const directory = createDirectory({ profiles, clock: { now: () => 0 } })
    // Of 80 letters x, by libxcrypt.
    const passwordHash = '$2b$04$7.VXI2LpfKVzYLil2rqy4OZ74zh2BlaJBfBZceHuvaa.yRAkG/G9y'
    await directory.create({ email: 'long@example.com', name: 'L', passwordHash })
    expect(await directory.authenticate('long@example.com', 'x'.repeat(80))).to.have.property('name', 'L')
    expect(await directory.authenticate('long@example.com', 'x'.repeat(72))).to.equal(null)
  })

  const [composed, decomposed, wide] = ['caf\u00e9', 'cafe\u0301', 'ｐａｓｓ１']
  for (const [of, made, typed] of [
    ['NFD, typed so', decomposed, decomposed],
    ['NFD, typed composed', decomposed, composed],
    ['NFC, typed decomposed', composed, decomposed],
    ['full-width characters', wide, wide],
  ] as const) {
    it(`is right when it is of ${of}, and is then made anew unless it is ours`, async () => {
      // The cost of ours, so that only the form tells that the hash is not.
      const hash = await argon2(made, { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 })
      const isOurs = made.normalize('NFC') === made
      expect(await checkPassword(hash, typed)).to.equal(isOurs ? 'right' : 'outdated')
      expect(await checkPassword(hash, `${typed}x`)).to.equal('wrong')
    })
  }

  it('takes the same work whichever form of the password matches, and when none does', async () => {
    const hashes = [await hashPassword(composed), await argon2(decomposed), null]
    // The least of each: what other tests left to be collected is not its work.
    const times = hashes.map(() => Infinity)
    for (let round = 0; round < 6; round++)
      for (const [n, hash] of hashes.entries()) {
        const before = process.cpuUsage()
        await checkPassword(hash, decomposed)
        const { user, system } = process.cpuUsage(before)
        times[n] = Math.min(times[n] ?? Infinity, user + system)
      }
    expect(Math.max(...times) / Math.min(...times)).to.be.below(1.6)
  })

  const refused: Readonly<Record<string, readonly [string, string]>> = {
    'of ten million rounds': ['pbkdf2_sha256$10000000$NaCl$bU/TW5lz3b3akPANq/qLf+rNCaFAzTdAhRSLkohHIRw=', 'too-costly'],
    'of bcrypt with 2^16 rounds': [`$2b$16${elsewhere['bcrypt 2b']?.slice(6)}`, 'too-costly'],
    'of scrypt with a GiB': [
      '$scrypt$ln=20,r=8,p=1$TmFDbE5hQ2wxMg$EpxQIt81HeYTzMgUFzPl1OZJmeVSH2RKXc8s3I29KR4',
      'too-costly',
    ],
    'of argon2id with two GiB': [
      '$argon2id$v=19$m=2097152,t=1,p=4$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
      'too-costly',
    ],
    'with a digest of five bytes': ['pbkdf2_sha256$1000$NaCl$bU/TW5k=', 'damaged'],
    'of no round': ['pbkdf2_sha256$0$NaCl$bU/TW5lz3b3akPANq/qLf+rNCaFAzTdAhRSLkohHIRw=', 'damaged'],
    'of scrypt with an N that is no power': [
      'scrypt$1000$NaCl$8$1$EpxQIt81HeYTzMgUFzPl1OZJmeVSH2RKXc8s3I29KR4=',
      'damaged',
    ],
    'cut off': [elsewhere['bcrypt 2b']?.slice(0, -1) ?? '', 'damaged'],
    'of SSHA, cut off': ['{SSHA}qV/nznSTeAOhx+Eq', 'damaged'],
    'in the clear': ['hunter2', 'unknown'],
    'in the clear, as Spring marks it': ['{noop}hunter2', 'unknown'],
    'of MD5': ['5f4dcc3b5aa765d61d8327deb882cf99', 'unknown'],
    'of crypt, cut off': ['$6$saltsalt$abcdef', 'damaged'],
    'of crypt with ten million rounds': [`$6$rounds=10000000$saltsalt$${'a'.repeat(86)}`, 'too-costly'],
    'of crypt with MD5': ['$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/', 'unknown'],
    'that is empty': ['', 'unknown'],
  }
  for (const [what, [hash, fault]] of Object.entries(refused)) {
    it(`is refused ${what}, without quoting it`, async () => {
      expect(readHash(hash)).to.equal(fault)
      const error = await checkPassword(hash, 'hunter2').catch((thrown: unknown) => thrown)
      expect(error)
        .to.be.instanceOf(Error)
        .with.property('message', `a stored password hash cannot be used: ${fault.replace('-', ' ')}`)
    })
  }
})
