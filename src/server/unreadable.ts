/** Requests that Node.js cannot read never reach the application: it would close the connection on an empty page. */
import { maxHeaderSize } from 'node:http'
import type { Duplex } from 'node:stream'

/** Applications of the same domain may fill the cookies of every request to this server. */
const TOO_LONG = `The address and the headers of this request are longer than ${maxHeaderSize} bytes.
Delete the cookies of this site and of its parent domains, then try again.
An application sends a long authorization request to the pushed authorization request endpoint first (RFC 9126).`

const answers: Readonly<Record<string, readonly [status: string, text: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', TOO_LONG],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
}
const MALFORMED = ['400 Bad Request', 'This is no HTTP request.'] as const

export function answerUnreadable({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, text] = answers[code] ?? MALFORMED
  const headers = ['Content-Type: text/plain; charset=utf-8', 'Cache-Control: no-store', 'Connection: close']
  socket.end([`HTTP/1.1 ${status}`, ...headers, '', `${text}\n`].join('\r\n'), () => socket.destroy())
}
