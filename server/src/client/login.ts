import { Effect } from "effect"
import { login as contract } from "@biz1/protocol/client/login"
import { MissingParam, Unknown } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { callingService } from "../appservice/authority.ts"
import { logInForService, serviceLogin } from "../appservice/serviceUsers.ts"
import { Accounts } from "../auth/Accounts.ts"
import { userOf } from "../auth/Interactive.ts"
import { LoginTokens } from "../auth/LoginTokens.ts"
import { Sessions } from "../auth/Sessions.ts"
import { handler } from "../http/Handler.ts"

export const login = handler(
  contract,
  Effect.fnUntraced(function* ({ body, request }) {
    if (body.type === serviceLogin) return yield* logInForService(yield* callingService(request), body)
    const login = Effect.fnUntraced(function* (userId: UserId) {
      return yield* (yield* Sessions).login({
        userId,
        deviceId: body.device_id,
        displayName: body.initial_device_display_name,
        refreshable: body.refresh_token,
      })
    })
    if (body.type === "m.login.token") return yield* login(yield* (yield* LoginTokens).use(body.token ?? ""))
    if (body.type !== "m.login.password") {
      return yield* new Unknown({ error: `This server has no login of the type ${body.type}` })
    }
    const name = userOf(body.identifier) ?? body.user
    if (name === undefined || body.password === undefined) {
      return yield* new MissingParam({ error: "A login needs an identifier of type m.id.user and a password" })
    }
    const accounts = yield* Accounts
    const userId = accounts.userIdOf(name)
    yield* accounts.verify(userId, body.password)
    return yield* login(userId)
  }),
)
