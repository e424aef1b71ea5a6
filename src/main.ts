/** `npm start`: the command `serve`. */
// A worker process gets the arguments of its primary, the command among them.
process.argv.splice(2, process.argv[2] === 'serve' ? 1 : 0, 'serve')
await import('./cli.ts')
