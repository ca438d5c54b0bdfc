import { createHmac } from "node:crypto"
import { Clock, Effect } from "effect"
import * as contract from "@biz1/protocol/client/calls"
import { NotFound } from "@biz1/protocol/errors"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"

/** The user name says until when it is good; the relays check the password by the secret they share with us. */
export const getTurnServer = handler(
  contract.getTurnServer,
  Effect.fnUntraced(function* ({ requester }) {
    const { turn } = yield* ServerConfig
    if (turn === undefined) return yield* new NotFound({ error: "No relay for calls is set up on this server" })
    const { uris, secret, ttlSeconds: ttl } = turn
    const untilSeconds = Math.floor((yield* Clock.currentTimeMillis) / 1000) + ttl
    const username = `${untilSeconds}:${requester.userId}`
    // The relays' protocol has SHA-1 (draft-uberti-behave-turn-rest).
    const password = createHmac("sha1", secret).update(username).digest("base64")
    return { username, password, uris, ttl }
  }),
)

export const getRtcTransports = handler(
  contract.getRtcTransports,
  Effect.fnUntraced(function* () {
    const { livekitUrl } = yield* ServerConfig
    return {
      rtc_transports: livekitUrl === undefined ? [] : [{ type: "livekit", livekit_service_url: livekitUrl }],
    }
  }),
)
