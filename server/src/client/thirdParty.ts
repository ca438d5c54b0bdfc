import type { IncomingMessage } from "node:http"
import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/thirdParty"
import { NotFound } from "@biz1/protocol/errors"
import type { JsonObject } from "@biz1/protocol/json"
import { Networks } from "../appservice/Networks.ts"
import { searchOf } from "../http/accessToken.ts"
import { handler } from "../http/Handler.ts"

const unknownProtocol = () => new NotFound({ error: "No application service speaks this protocol" })

export const getProtocols = handler(
  contract.getProtocols,
  Effect.fnUntraced(function* () {
    const networks = yield* Networks
    const described: Record<string, JsonObject> = {}
    yield* Effect.forEach(
      networks.protocols(),
      (protocol) =>
        Effect.map(networks.describe(protocol), (about) => {
          if (about !== undefined) described[protocol] = about
        }),
      { concurrency: 8, discard: true },
    )
    return described
  }),
)

export const getProtocolMetadata = handler(
  contract.getProtocolMetadata,
  Effect.fnUntraced(function* ({ params }) {
    return (yield* (yield* Networks).describe(params.protocol)) ?? (yield* unknownProtocol())
  }),
)

const lookUp = Effect.fnUntraced(function* (kind: "location" | "user", protocol: string, request: IncomingMessage) {
  const networks = yield* Networks
  if (!networks.protocols().includes(protocol)) return yield* unknownProtocol()
  const fields = new URLSearchParams(searchOf(request))
  // Theirs are the fields alone, not who asks.
  for (const own of ["access_token", "user_id", "device_id"]) fields.delete(own)
  return yield* networks.lookUp(kind, { protocol, fields })
})

export const queryLocationByProtocol = handler(contract.queryLocationByProtocol, ({ params, request }) =>
  lookUp("location", params.protocol, request),
)

export const queryUserByProtocol = handler(contract.queryUserByProtocol, ({ params, request }) =>
  lookUp("user", params.protocol, request),
)

const reverse = Effect.fnUntraced(function* (kind: "location" | "user", fields: URLSearchParams) {
  const found = yield* (yield* Networks).lookUp(kind, { protocol: undefined, fields })
  if (found.length === 0) return yield* new NotFound({ error: "No application service knows of it" })
  return found
})

export const queryLocationByAlias = handler(contract.queryLocationByAlias, ({ query }) =>
  reverse("location", new URLSearchParams({ alias: query.alias })),
)

export const queryUserByID = handler(contract.queryUserByID, ({ query }) =>
  reverse("user", new URLSearchParams({ userid: query.userid })),
)
