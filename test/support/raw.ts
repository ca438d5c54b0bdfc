/** Requests as no decent client sends them: the path, the headers and the bytes go out as they are given. */
import { Agent, request as httpRequest } from "node:http"
import { connect } from "node:net"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { text } from "node:stream/consumers"

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

export interface RawRequest {
  readonly method: string
  /** With its query, and not tidied up as `fetch` would. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface RawAnswer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

export const raw = (base: string, { method, path, headers = {}, body }: RawRequest) =>
  new Promise<RawAnswer>((resolve, reject) => {
    const { hostname, port } = new URL(base)
    const outgoing = httpRequest({ hostname, port, method, path, headers, agent }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.once("error", reject)
      response.once("end", () =>
        resolve({
          status: response.statusCode!,
          contentType: response.headers["content-type"] ?? "",
          text: Buffer.concat(chunks).toString(),
        }),
      )
    })
    outgoing.once("error", reject)
    outgoing.end(body)
  })

export interface Refusal {
  readonly status: number
  readonly errcode: unknown
  readonly error: unknown
}

/** What an answer says that is no success; `errcode` is undefined where it is not JSON. */
export const refusalOf = ({ status, contentType, text }: RawAnswer): Refusal => {
  if (!contentType.startsWith("application/json")) return { status, errcode: undefined, error: text }
  const { errcode, error } = JSON.parse(text) as { readonly errcode?: unknown; readonly error?: unknown }
  return { status, errcode, error }
}

const megabyte = Buffer.alloc(1024 * 1024, " ")

/** Sends a body to its last byte, even where the answer comes before it; gives all that was answered. */
export const sendAll = async (
  base: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  sizeMb: number,
) => {
  const { hostname, port } = new URL(base)
  const socket = connect(Number(port), hostname)
  const lines = Object.entries({ ...headers, host: hostname, "content-length": String(sizeMb * megabyte.length) })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  socket.write(`${method} ${path} HTTP/1.1\r\n${head}\r\n`)
  const [answer] = await Promise.all([text(socket), pipeline(Readable.from(Array(sizeMb).fill(megabyte)), socket)])
  return answer
}
