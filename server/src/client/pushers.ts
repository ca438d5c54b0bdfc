import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/pushers"
import { foldedAddress } from "@biz1/protocol/emailAddress"
import { InvalidParam, MissingParam, ThirdPartyIdNotFound } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { Json } from "@biz1/protocol/json"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"
import { Mail } from "../mail/Mail.ts"
import { PusherStore } from "../store/PusherStore.ts"
import { ThirdPartyIds } from "../store/ThirdPartyIds.ts"

type Name = Pick<contract.Pusher, "app_id" | "pushkey">

export const getPushers = handler(
  contract.getPushers,
  Effect.fnUntraced(function* ({ requester }) {
    return { pushers: yield* (yield* PusherStore).ofUser(requester.userId) }
  }),
)

export const postPusher = handler(
  contract.postPusher,
  Effect.fnUntraced(function* ({ body, requester }) {
    const { kind, append = false, app_display_name: app, device_display_name: device, lang, data, ...given } = body
    const isMail = given.app_id === "m.email"
    const named = isMail ? { ...given, pushkey: foldedAddress(given.pushkey) } : given
    const pushers = yield* PusherStore
    if (kind === null) {
      yield* pushers.remove(requester.userId, named)
      return {}
    }
    if (app === undefined || device === undefined || lang === undefined || data === undefined) {
      return yield* new MissingParam({ error: "A pusher needs app_display_name, device_display_name, lang and data" })
    }
    if (kind === "http") yield* checkGateway(data["url"])
    else if (kind === "email") yield* checkMailbox(requester.userId, named)
    else return yield* new InvalidParam({ error: "A pusher is of the kind http or email" })
    const pusher = { ...named, kind, app_display_name: app, device_display_name: device, lang, data }
    yield* pushers.put(requester, pusher, { othersStay: append })
    return {}
  }),
)

/** Mail goes to who has shown the address to be theirs. */
const checkMailbox = Effect.fnUntraced(function* (userId: UserId, { app_id: app, pushkey }: Name) {
  if ((yield* Mail).send === undefined) return yield* new InvalidParam({ error: "This server does not send mail" })
  if (app !== "m.email") return yield* new InvalidParam({ error: "The app_id of a pusher of mail is m.email" })
  const owner = yield* (yield* ThirdPartyIds).owner("email", pushkey)
  if (owner !== userId) {
    return yield* new ThirdPartyIdNotFound({ error: "Add this address to your account before you get mail there" })
  }
})

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
