import { expect } from 'chai'
import { deviceOf, readDevice } from '../../src/core/device.ts'

const notified: readonly (readonly [header: string | undefined, browser: string | null, system: string | null])[] = [
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Windows'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Chrome',
    'Linux',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    'Edge',
    'Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15',
    'Safari',
    'macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Mobile/15E148 Safari/604.1',
    'Chrome',
    'iPhone',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    'Samsung Internet',
    'Android',
  ],
  ['curl/8.14.1', null, null],
  ['<script>alert(1)</script>', null, null],
  [undefined, null, null],
]

describe('The name of a browser', () => {
  for (const [header, browser, system] of notified)
    it(`${browser ?? 'nothing'} on ${system ?? 'nothing'}`, () =>
      expect(deviceOf(header)).to.deep.equal({ browser, system }))

  it('is read back from the known names only', () => {
    expect(readDevice({ browser: 'Firefox', system: 'Windows' })).to.deep.equal({
      browser: 'Firefox',
      system: 'Windows',
    })
    for (const kept of [null, undefined, 'Firefox', { browser: '<b>', system: {} }])
      expect(readDevice(kept)).to.deep.equal({ browser: null, system: null })
  })
})
