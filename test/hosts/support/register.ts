/** For a process of its own (`--import`): the host in it imports `oidc-rekey` as the tests do. */
import { resolvePackage } from './resolve.ts'

resolvePackage()
