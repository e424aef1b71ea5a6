/** A real nginx for one suite. `nginx` comes from NGINX, PATH or Debian; without it the suite fails and never skips. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { libraryPath, onPath, type Program, unpackedPackage } from './debian.ts'
import { READY_MS } from './limits.ts'

export interface Nginx {
  stop(): Promise<void>
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/**
 * @param http contents of its `http` block; `files` are beside the configuration
 * @param port one that it listens on, by which it is known to be ready
 */
export async function startNginx(
  http: string,
  port: number,
  files: Readonly<Record<string, string>> = {},
): Promise<Nginx> {
  const program = await nginxProgram()
  const directory = await mkdtemp(join(tmpdir(), 'oidc-rekey-nginx-'))
  const folders = TEMPORARY.map((name) => `${name}_temp_path ${directory}/${name};`)
  const configuration = `
    daemon off;
    pid ${directory}/nginx.pid;
    error_log stderr warn;
    worker_processes 1;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    events {}
    http { access_log off; ${folders.join(' ')} ${http} }`
  await mkdir(directory, { recursive: true })
  const written = Object.entries({ ...files, 'nginx.conf': configuration })
  await Promise.all(written.map(([name, text]) => writeFile(join(directory, name), text, { mode: 0o600 })))
  const child = spawn(program.path, ['-p', directory, '-c', 'nginx.conf', '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...program.env },
  })
  const orphan = (): boolean => child.kill('SIGTERM')
  process.once('exit', orphan)
  try {
    await ready(child, port)
  } catch (error) {
    child.kill('SIGTERM')
    throw error
  }
  return {
    async stop() {
      process.off('exit', orphan)
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function nginxProgram(): Promise<Program> {
  const own = process.env['NGINX'] ?? onPath('nginx')
  if (own) return { path: own, env: {} }
  try {
    const root = await unpackedPackage('nginx', (name) =>
      /^(nginx|nginx-core|nginx-light|zlib1g|lib(pcre|ssl|crypt).*)$/.test(name),
    )
    return { path: join(root, 'usr/sbin/nginx'), env: await libraryPath(root) }
  } catch (cause) {
    const command = process.platform === 'darwin' ? 'brew install nginx' : 'sudo apt-get install nginx'
    throw new Error(`The tests need nginx: ${command} (or set NGINX to its path)`, { cause })
  }
}

/** Waits until it takes connections, or for its error. */
async function ready(child: ChildProcess, port: number): Promise<void> {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096)
  })
  const failed = new Promise<never>((_, reject) => child.once('error', reject))
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline;) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}:\n${said}`)
    const socket = connect(port, '127.0.0.1')
    const opened = once(socket, 'connect').then(
      () => true,
      () => false,
    )
    const isOpen = await Promise.race([failed, opened])
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nginx was not ready in ${READY_MS / 1000} s:\n${said}`)
}
