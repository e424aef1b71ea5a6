/** The oldest Node.js that has all we use: `node:sqlite` without a flag, and JSON modules. Package managers only warn. */
const least = { major: 22, minor: 13 }

export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > least.major || (major === least.major && minor >= least.minor)) return
  throw new Error(`oidc-rekey needs Node.js ${least.major}.${least.minor} or newer, this is ${version}`)
}
