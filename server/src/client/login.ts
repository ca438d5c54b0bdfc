import { Effect } from "effect"
import { login as contract } from "@biz1/protocol/client/login"
import { foldedAddress } from "@biz1/protocol/emailAddress"
import { MissingParam, Unknown } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { Identifier } from "@biz1/protocol/uia"
import { callingService } from "../appservice/authority.ts"
import { logInForService, serviceLogin } from "../appservice/serviceUsers.ts"
import { Accounts } from "../auth/Accounts.ts"
import { userOf } from "../auth/ownIdentity.ts"
import { LoginTokens } from "../auth/LoginTokens.ts"
import { Sessions } from "../auth/Sessions.ts"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"
import { ThirdPartyIds } from "../store/ThirdPartyIds.ts"

export const login = handler(
  contract,
  Effect.fnUntraced(function* ({ body, request }) {
    if (body.type === serviceLogin) return yield* logInForService(yield* callingService(request), body)
    const login = Effect.fnUntraced(function* (userId: UserId) {
      const { publicBaseUrl } = yield* ServerConfig
      const loggedIn = yield* (yield* Sessions).login({
        userId,
        deviceId: body.device_id,
        displayName: body.initial_device_display_name,
        refreshable: body.refresh_token,
      })
      return publicBaseUrl === undefined
        ? loggedIn
        : { ...loggedIn, well_known: { "m.homeserver": { base_url: publicBaseUrl } } }
    })
    if (body.type === "m.login.token") return yield* login(yield* (yield* LoginTokens).use(body.token ?? ""))
    if (body.type !== "m.login.password") {
      return yield* new Unknown({ error: `This server has no login of the type ${body.type}` })
    }
    const { medium, address, user } = body
    const identifier =
      body.identifier ??
      (medium === undefined || address === undefined ? undefined : { type: "m.id.thirdparty", medium, address })
    const name = userOf(identifier) ?? (yield* ownerOf(identifier)) ?? user
    if (name === undefined || body.password === undefined) {
      return yield* new MissingParam({ error: "A login needs an identifier and a password" })
    }
    const accounts = yield* Accounts
    const userId = accounts.userIdOf(name)
    yield* accounts.verify(userId, body.password)
    return yield* login(userId)
  }),
)

/** Whom an address or a phone number means. One that is nobody's is refused as a wrong name is: it takes as long. */
const ownerOf = Effect.fnUntraced(function* (identifier: Identifier | undefined) {
  if (identifier?.type === "m.id.phone") return nobody
  if (identifier?.type !== "m.id.thirdparty") return undefined
  const { medium, address } = identifier
  if (typeof medium !== "string" || typeof address !== "string" || address.includes("\0")) return nobody
  return (yield* (yield* ThirdPartyIds).owner(medium, foldedAddress(address))) ?? nobody
})

/** No user id. */
const nobody = ""
