import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import { register as contract } from "@biz1/protocol/client/register"
import { Forbidden, GuestAccessForbidden, InvalidParam, MissingParam, WeakPassword } from "@biz1/protocol/errors"
import { localpartOf } from "@biz1/protocol/ids"
import { callingService, mayTakeUser } from "../appservice/authority.ts"
import { registerForService, serviceLogin } from "../appservice/serviceUsers.ts"
import { Accounts } from "../auth/Accounts.ts"
import { Interactive } from "../auth/Interactive.ts"
import { keepShown, redeemToken, registrationFlows, registrationRules } from "../auth/registration.ts"
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
  Effect.fnUntraced(function* (call) {
    const { body, query, request } = call
    if (body.type === serviceLogin) return yield* registerForService(yield* callingService(request), body)
    const rules = yield* registrationRules
    if (query.kind === "guest") return yield* makeGuest(body.initial_device_display_name)
    if (rules.registration === "closed") {
      return yield* new Forbidden({ error: "New accounts are made by the administrators of this server" })
    }
    const accounts = yield* Accounts
    const sessions = yield* Sessions
    const guest = yield* guestOf(call)
    const localpart = body.username?.toLowerCase() ?? newLocalpart("user")
    const userId = guest ?? (yield* accounts.available(localpart))
    yield* mayTakeUser(userId)
    if (body.password !== undefined) yield* checkPassword(body.password)
    const passed = yield* (yield* Interactive).pass(call, registrationFlows(rules))
    if (body.password === undefined) return yield* new MissingParam({ error: "An account needs a password" })
    yield* redeemToken(passed)
    if (guest === undefined) yield* accounts.create(userId, { password: body.password, guest: false })
    else yield* Effect.andThen(accounts.keepGuest(guest, body.password), sessions.reconsider(guest))
    yield* keepShown(userId, passed, rules)
    if (body.inhibit_login === true) return { user_id: userId }
    return yield* sessions.login({
      userId,
      deviceId: body.device_id,
      displayName: body.initial_device_display_name,
      refreshable: body.refresh_token,
    })
  }),
)

const newLocalpart = (kind: string) => `${kind}-${randomBytes(6).toString("hex")}`

/** Of what a client says of a guest, only the device's name counts. Spec: "Account registration". */
const makeGuest = Effect.fnUntraced(function* (displayName: string | undefined) {
  const { guests } = yield* ServerConfig
  if (!guests) return yield* new GuestAccessForbidden({ error: "Guests have no accounts here" })
  const accounts = yield* Accounts
  const userId = yield* accounts.available(newLocalpart("guest"))
  yield* accounts.create(userId, { password: undefined, guest: true })
  return yield* (yield* Sessions).login({ userId, displayName })
})

interface Upgrade {
  readonly body: { readonly guest_access_token?: string; readonly username?: string }
  readonly ip: string
}

/** The guest whose account is to be one for good: they have its token, and name it. Spec: "Guest Access". */
const guestOf = Effect.fnUntraced(function* ({ body, ip }: Upgrade) {
  if (body.guest_access_token === undefined) return undefined
  const { userId, isGuest } = yield* (yield* Sessions).authenticate(body.guest_access_token, ip)
  if (!isGuest) return yield* new GuestAccessForbidden({ error: "This is no guest's access token" })
  if (body.username?.toLowerCase() === localpartOf(userId)) return userId
  return yield* new InvalidParam({ error: "A guest who makes an account keeps their user name: send it as username" })
})
