/** Answers what node:http cannot read as a request: in JSON, as Matrix clients expect, where there is still someone to answer. */
import type { Duplex } from "node:stream"

const answers: Readonly<Record<string, readonly [status: string, errcode: string, error: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "M_TOO_LARGE", "The path and headers are too long"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ["413 Payload Too Large", "M_TOO_LARGE", "The request is too large"],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "M_UNKNOWN", "The request did not arrive in time"],
}

export const answerUnreadable = (error: NodeJS.ErrnoException, socket: Duplex) => {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy()
  const [status, errcode, sentence] = answers[error.code ?? ""] ?? [
    "400 Bad Request",
    "M_UNKNOWN",
    "This is no HTTP request",
  ]
  const body = JSON.stringify({ errcode, error: sentence })
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`
  socket.end(`${head}\r\n\r\n${body}`)
}
