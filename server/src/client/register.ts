import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import { register as contract } from "@biz1/protocol/client/register"
import { Forbidden, GuestAccessForbidden, MissingParam, WeakPassword } from "@biz1/protocol/errors"
import { callingService, mayTakeUser } from "../appservice/authority.ts"
import { registerForService, serviceLogin } from "../appservice/serviceUsers.ts"
import { Accounts } from "../auth/Accounts.ts"
import { Interactive } from "../auth/Interactive.ts"
import { keepShown, redeemToken, registrationFlows, registrationRules } from "../auth/registration.ts"
import { Sessions } from "../auth/Sessions.ts"
import { handler } from "../http/Handler.ts"

const minPasswordLength = 8

export const checkPassword = (password: string) =>
  password.length >= minPasswordLength
    ? Effect.void
    : Effect.fail(new WeakPassword({ error: `A password has at least ${minPasswordLength} characters` }))

export const register = handler(
  contract,
  Effect.fnUntraced(function* (call) {
    const { body, query, request } = call
    const accounts = yield* Accounts
    if (body.type === serviceLogin) return yield* registerForService(yield* callingService(request), body)
    const rules = yield* registrationRules
    if (query.kind === "guest") return yield* new GuestAccessForbidden({ error: "Guests have no accounts here" })
    if (rules.registration === "closed") {
      return yield* new Forbidden({ error: "New accounts are made by the administrators of this server" })
    }
    const localpart = body.username?.toLowerCase() ?? `user-${randomBytes(6).toString("hex")}`
    const userId = yield* accounts.available(localpart)
    yield* mayTakeUser(userId)
    if (body.password !== undefined) yield* checkPassword(body.password)
    const passed = yield* (yield* Interactive).pass(call, registrationFlows(rules))
    if (body.password === undefined) return yield* new MissingParam({ error: "An account needs a password" })
    yield* redeemToken(passed)
    yield* accounts.create(userId, { password: body.password, guest: false })
    yield* keepShown(userId, passed, rules)
    if (body.inhibit_login === true) return { user_id: userId }
    return yield* (yield* Sessions).login({
      userId,
      deviceId: body.device_id,
      displayName: body.initial_device_display_name,
      refreshable: body.refresh_token,
    })
  }),
)
