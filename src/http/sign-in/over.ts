/** The provider could not resume a sign-in: its session ended, or it belongs to another one. The page can start it again. */
import { SignInOver } from '../../errors.ts'

export async function showOver(): Promise<void> {
  throw new SignInOver('it could not be resumed')
}
