/**
 * Reads a request's JSON: bounded in bytes and nesting, UTF-8 or nothing. What may become an event holds no number that
 * would change on its way.
 */
import type { IncomingMessage } from "node:http"
import { Effect, Result } from "effect"
import { scanJson } from "@biz1/core/scanJson"
import { BadJson, NotJson, TooLarge } from "@biz1/protocol/errors"

const maxDepth = 100
const utf8 = new TextDecoder("utf-8", { fatal: true })

/** The whole body, or `TooLarge` as soon as it is known to be. */
export const readBytes = (request: IncomingMessage, maxBytes: number) =>
  Effect.callback<Buffer, TooLarge>((resume) => {
    const tooLarge = () => {
      request.pause()
      resume(Effect.fail(new TooLarge({ error: `The request is larger than ${maxBytes} bytes` })))
    }
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) return tooLarge()
    const chunks: Array<Buffer> = []
    let size = 0
    request.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) {
        request.removeAllListeners("data")
        return tooLarge()
      }
      chunks.push(chunk)
    })
    request.on("end", () => resume(Effect.succeed(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))))
    request.on("error", () => resume(Effect.interrupt))
  })

/** Parses a JSON body; an empty one is `{}`, as clients leave bodies out that have nothing to say. */
export const parseBody = (bytes: Buffer, numbers: "canonical" | "any"): Result.Result<unknown, NotJson | BadJson> => {
  if (bytes.length === 0) return Result.succeed({})
  let text: string
  let json: unknown
  try {
    text = utf8.decode(bytes)
    json = undefined
  } catch {
    return Result.fail(new NotJson({ error: "The request is not UTF-8" }))
  }
  const scan = scanJson(text)
  if (scan.depth > maxDepth) {
    return Result.fail(new BadJson({ error: `The request is nested more than ${maxDepth} levels deep` }))
  }
  try {
    json = JSON.parse(text)
  } catch {
    return Result.fail(new NotJson({ error: "The request is not JSON" }))
  }
  if (scan.strict !== undefined && numbers === "canonical") {
    return Result.fail(
      new BadJson({
        error: "Numbers must be whole and between -(2^53)+1 and 2^53-1, and text must be well-formed Unicode",
      }),
    )
  }
  return Result.succeed(json)
}

const maxFormBytes = 64 * 1024

/** What a form of a page, or an OAuth 2.0 client, has sent. */
export const readForm = (request: IncomingMessage) =>
  Effect.map(readBytes(request, maxFormBytes), (bytes) => new URLSearchParams(bytes.toString("utf8")))
