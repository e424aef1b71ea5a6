import { expect } from 'chai'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskUsed } from '../../src/store/sqlite/disk.ts'

describe('The disk of SQLite', () => {
  let directory: string
  before(async () => void (directory = await mkdtemp(join(tmpdir(), 'rekey-disk-'))))
  after(() => rm(directory, { recursive: true }))

  it('is used by the files of the store and what is free, and a small store counts as 512 MiB', async () => {
    await writeFile(join(directory, 'a.db'), Buffer.alloc(1_000_000))
    await writeFile(join(directory, 'a.db-wal'), Buffer.alloc(2_000_000))
    await writeFile(join(directory, 'other'), Buffer.alloc(4_000_000))
    const { bavail, bsize } = await statfs(directory)
    const free = bavail * bsize
    const near = (own: number) => [own / (own + free * 1.2), own / (own + free * 0.8)] as const
    expect(await diskUsed(directory, ['a.db', 'absent.db'], 0)).to.be.within(...near(3_000_000))
    expect(await diskUsed(directory, ['a.db'])).to.be.within(...near(536_870_912))
    expect(await diskUsed(directory, ['a.db'], free * 19)).to.be.within(...near(free * 19))
  })
})
