import { tmpdir } from 'node:os'

/** Where servers and databases under test keep their data. `npm test` names a file system in memory, if there is one. */
export const dataRoot = process.env['TEST_DATA'] ?? tmpdir()
