import { Clock, Effect } from "effect"
import * as contract from "@biz1/protocol/client/rendezvous"
import { MissingParam, TooLarge } from "@biz1/protocol/errors"
import { maxBytes, Rendezvous, type Said } from "../auth/Rendezvous.ts"
import { ServerConfig } from "../config.ts"
import { readBytes } from "../http/body.ts"
import { Content, handler } from "../http/Handler.ts"
import { issuerOf } from "../oauth/metadata.ts"

const headersOf = ({ etag, modifiedMs, expiresMs }: Said) => ({
  etag,
  expires: new Date(expiresMs).toUTCString(),
  "last-modified": new Date(modifiedMs).toUTCString(),
  "cache-control": "no-store",
  pragma: "no-cache",
  "x-content-type-options": "nosniff",
})

const none = Buffer.alloc(0)

export const createRendezvous = handler(
  contract.createRendezvous,
  Effect.fnUntraced(function* ({ request }) {
    const said = yield* (yield* Rendezvous).open(yield* readBytes(request, maxBytes))
    const url = new URL(`${contract.createRendezvous.path}/${said.id}`, issuerOf(yield* ServerConfig)).href
    const headers = { ...headersOf(said), "content-type": "application/json", "x-max-bytes": maxBytes, location: url }
    return new Content(headers, Buffer.from(JSON.stringify({ url })), 201)
  }),
)

export const readRendezvous = handler(
  contract.readRendezvous,
  Effect.fnUntraced(function* ({ params, request }) {
    const { data, ...said } = yield* (yield* Rendezvous).read(params.id)
    if (request.headers["if-none-match"] === said.etag) return new Content(headersOf(said), none, 304)
    return new Content({ ...headersOf(said), "content-type": "text/plain", "content-length": data.length }, data)
  }),
)

export const replaceRendezvous = handler(
  contract.replaceRendezvous,
  Effect.fnUntraced(function* ({ params, request }) {
    const data = yield* readBytes(request, maxBytes)
    const seen = request.headers["if-match"]
    if (seen === undefined) return yield* new MissingParam({ error: "If-Match says which version is to be replaced" })
    return new Content(headersOf(yield* (yield* Rendezvous).replace(params.id, seen, data)), none, 202)
  }),
)

export const closeRendezvous = handler(
  contract.closeRendezvous,
  Effect.fnUntraced(function* ({ params }) {
    yield* (yield* Rendezvous).close(params.id)
    return new Content({}, none, 204)
  }),
)

const bytesOf = (data: string) => {
  const bytes = Buffer.from(data)
  return bytes.length <= maxBytes
    ? Effect.succeed(bytes)
    : Effect.fail(new TooLarge({ error: `What is said at a meeting has at most ${maxBytes} bytes` }))
}

const leftOf = ({ expiresMs }: Said) =>
  Effect.map(Clock.currentTimeMillis, (now) => Math.max(0, Math.floor(expiresMs - now)))

export const discoverRendezvousJson = handler(contract.discoverRendezvousJson, () =>
  Effect.succeed({ create_available: true }),
)

export const createRendezvousJson = handler(
  contract.createRendezvousJson,
  Effect.fnUntraced(function* ({ body }) {
    const said = yield* (yield* Rendezvous).open(yield* bytesOf(body.data))
    return { id: said.id, sequence_token: said.etag, expires_in_ms: yield* leftOf(said) }
  }),
)

export const readRendezvousJson = handler(
  contract.readRendezvousJson,
  Effect.fnUntraced(function* ({ params }) {
    const said = yield* (yield* Rendezvous).read(params.id)
    return { data: said.data.toString("utf8"), sequence_token: said.etag, expires_in_ms: yield* leftOf(said) }
  }),
)

export const replaceRendezvousJson = handler(
  contract.replaceRendezvousJson,
  Effect.fnUntraced(function* ({ params, body }) {
    const said = yield* (yield* Rendezvous).replace(params.id, body.sequence_token, yield* bytesOf(body.data))
    return { sequence_token: said.etag }
  }),
)

export const closeRendezvousJson = handler(
  contract.closeRendezvousJson,
  Effect.fnUntraced(function* ({ params }) {
    yield* (yield* Rendezvous).close(params.id)
    return {}
  }),
)
