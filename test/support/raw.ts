/** Requests as no decent client sends them: the path, the headers and the bytes go out as they are given. */
import { Agent, request as httpRequest } from "node:http"
import type { Readable } from "node:stream"

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

export interface RawRequest {
  readonly method: string
  /** With its query, and not tidied up as `fetch` would. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer | Readable
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
    if (body === undefined || typeof body === "string" || Buffer.isBuffer(body)) outgoing.end(body)
    else body.pipe(outgoing)
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
