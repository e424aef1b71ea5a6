/** `npm start`: the command `serve`. */
process.argv.splice(2, Infinity, 'serve')
await import('./cli.ts')
