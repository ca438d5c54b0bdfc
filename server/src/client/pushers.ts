import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/pushers"
import { InvalidParam, MissingParam } from "@biz1/protocol/errors"
import type { Json } from "@biz1/protocol/json"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"
import { PusherStore } from "../store/PusherStore.ts"

export const getPushers = handler(
  contract.getPushers,
  Effect.fnUntraced(function* ({ requester }) {
    return { pushers: yield* (yield* PusherStore).ofUser(requester.userId) }
  }),
)

export const postPusher = handler(
  contract.postPusher,
  Effect.fnUntraced(function* ({ body, requester }) {
    const { kind, append = false, app_display_name: app, device_display_name: device, lang, data, ...named } = body
    const pushers = yield* PusherStore
    if (kind === null) {
      yield* pushers.remove(requester.userId, named)
      return {}
    }
    if (app === undefined || device === undefined || lang === undefined || data === undefined) {
      return yield* new MissingParam({ error: "A pusher needs app_display_name, device_display_name, lang and data" })
    }
    if (kind !== "http") return yield* new InvalidParam({ error: "This server has pushers of the kind http only" })
    yield* checkGateway(data["url"])
    const pusher = { ...named, kind, app_display_name: app, device_display_name: device, lang, data }
    yield* pushers.put(requester, pusher, { othersStay: append })
    return {}
  }),
)

/** Spec: "MUST be an HTTPS URL with a path of `/_matrix/push/v1/notify`". */
const checkGateway = Effect.fnUntraced(function* (given: Json | undefined) {
  if (given === undefined) return yield* new MissingParam({ error: "data.url is missing: where the push gateway is" })
  const { allowPrivateAddresses } = yield* ServerConfig
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : undefined
  const secure = url?.protocol === "https:" || (allowPrivateAddresses && url?.protocol === "http:")
  if (!secure || url?.pathname !== "/_matrix/push/v1/notify") {
    return yield* new InvalidParam({ error: "data.url must be as https://push.example.com/_matrix/push/v1/notify" })
  }
})
