import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import { register as contract } from "@biz1/protocol/client/register"
import { Forbidden, GuestAccessForbidden, MissingParam, WeakPassword } from "@biz1/protocol/errors"
import { callingService, mayTakeUser } from "../appservice/authority.ts"
import { registerForService, serviceLogin } from "../appservice/serviceUsers.ts"
import { Accounts } from "../auth/Accounts.ts"
import { Interactive } from "../auth/Interactive.ts"
import { RegistrationTokens } from "../auth/RegistrationTokens.ts"
import { Sessions } from "../auth/Sessions.ts"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"

const minPasswordLength = 8

export const checkPassword = (password: string) =>
  password.length >= minPasswordLength
    ? Effect.void
    : Effect.fail(new WeakPassword({ error: `A password has at least ${minPasswordLength} characters` }))

export const register = handler(
  contract,
  Effect.fnUntraced(function* ({ body, query, request }) {
    const accounts = yield* Accounts
    if (body.type === serviceLogin) return yield* registerForService(yield* callingService(request), body)
    const config = yield* ServerConfig
    // A new server has to have its owner before it can have rules for others.
    const registration = (yield* accounts.isEmpty) ? "open" : config.registration
    if (query.kind === "guest") return yield* new GuestAccessForbidden({ error: "Guests have no accounts here" })
    if (registration === "closed") {
      return yield* new Forbidden({ error: "New accounts are made by the administrators of this server" })
    }
    const localpart = body.username?.toLowerCase() ?? `user-${randomBytes(6).toString("hex")}`
    const userId = yield* accounts.available(localpart)
    yield* mayTakeUser(userId)
    if (body.password !== undefined) yield* checkPassword(body.password)
    const tokens = yield* RegistrationTokens
    const byToken = registration === "token"
    const stage = byToken ? "m.login.registration_token" : "m.login.dummy"
    yield* (yield* Interactive).pass(body.auth, {
      operation: "register",
      flows: [[stage]],
      stages: {
        [stage]: (auth) => (byToken ? tokens.use(String(auth["token"] ?? "")) : Effect.void),
      },
    })
    if (body.password === undefined) return yield* new MissingParam({ error: "An account needs a password" })
    yield* accounts.create(userId, { password: body.password, guest: false })
    if (body.inhibit_login === true) return { user_id: userId }
    return yield* (yield* Sessions).login({
      userId,
      deviceId: body.device_id,
      displayName: body.initial_device_display_name,
      refreshable: body.refresh_token,
    })
  }),
)
