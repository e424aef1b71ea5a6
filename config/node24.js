// Runs before every script, so it must itself run on any Node: the machine's own is older than ours on most machines,
// and is what a script gets when the pinned one was not installed (install scripts switched off).
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `oidc-rekey needs Node 24, this is ${process.version}: run "npm ci --foreground-scripts" to get the pinned one`,
  )
  process.exit(1)
}
