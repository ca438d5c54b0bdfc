/**
 * A file as an HTTP answer: whole, in part, or "you have it already", and always so that a browser runs nothing of it.
 * Spec: "Content repository". RFC 9110, "Conditional Requests" and "Range Requests".
 */
import type { IncomingHttpHeaders } from "node:http"
import type { Readable } from "node:stream"
import { Effect } from "effect"
import { Content } from "../http/Handler.ts"
import { type ByteRange, parseByteRange } from "./byteRange.ts"

export interface Served {
  /** Names these bytes for ever. */
  readonly tag: string
  readonly sizeBytes: number
  readonly contentType: string
  readonly disposition: string
}

/** As the specification recommends it. */
const policy =
  "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline'; object-src 'self';"

/** What an ID stands for never changes; only who has a token may keep it. */
const caching = "private, max-age=31536000, immutable"

export const answer = Effect.fnUntraced(function* <E>(
  served: Served,
  asked: IncomingHttpHeaders,
  read: (range: ByteRange | undefined) => Effect.Effect<Buffer | Readable, E>,
) {
  const etag = `"${served.tag}"`
  const always = {
    etag,
    "cache-control": caching,
    "content-security-policy": policy,
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
  }
  if (isAmong(etag, asked["if-none-match"])) return new Content(always, nothing, 304)

  const sameFile = asked["if-range"] === undefined || asked["if-range"] === etag
  const range = sameFile ? parseByteRange(asked.range, served.sizeBytes) : undefined
  const size = served.sizeBytes
  if (range === "unsatisfiable") {
    return new Content({ ...always, "content-range": `bytes */${size}`, "content-length": 0 }, nothing, 416)
  }
  const headers = {
    ...always,
    "content-type": served.contentType,
    "content-disposition": served.disposition,
    "accept-ranges": "bytes",
  }
  const body = yield* read(range)
  if (range === undefined) return new Content({ ...headers, "content-length": size }, body)
  const { first, last } = range
  const part = { "content-range": `bytes ${first}-${last}/${size}`, "content-length": last - first + 1 }
  return new Content({ ...headers, ...part }, body, 206)
})

const nothing = Buffer.alloc(0)

const isAmong = (etag: string, list: string | undefined) =>
  list !== undefined && (list.trim() === "*" || list.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag))
