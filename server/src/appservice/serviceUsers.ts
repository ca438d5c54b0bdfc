/**
 * Users that an application service makes and logs in: without a password and without stages, as it has proved with its
 * own token who it is. Spec: application service API, "Server admin style permissions".
 */
import { Effect } from "effect"
import { MissingParam } from "@biz1/protocol/errors"
import { localpartOf, type DeviceId, type UserId } from "@biz1/protocol/ids"
import type { Identifier } from "@biz1/protocol/uia"
import { Accounts } from "../auth/Accounts.ts"
import { refuseLocked } from "../auth/standing.ts"
import { userOf } from "../auth/ownIdentity.ts"
import { Sessions } from "../auth/Sessions.ts"
import { mustOwnUser } from "./authority.ts"
import { Masquerade } from "./Masquerade.ts"
import type { Appservice } from "./Registration.ts"

export const serviceLogin = "m.login.application_service"

interface Device {
  readonly device_id?: DeviceId
  readonly initial_device_display_name?: string
  readonly refresh_token?: boolean
}

const login = Effect.fnUntraced(function* (userId: UserId, body: Device) {
  return yield* (yield* Sessions).login({
    userId,
    deviceId: body.device_id,
    displayName: body.initial_device_display_name,
    refreshable: body.refresh_token,
  })
})

export const registerForService = Effect.fnUntraced(function* (
  service: Appservice,
  body: Device & { readonly username?: string; readonly inhibit_login?: boolean },
) {
  const accounts = yield* Accounts
  if (body.username === undefined) return yield* new MissingParam({ error: "A service names the user it makes" })
  const asked = accounts.userIdOf(body.username)
  yield* mustOwnUser(service, asked)
  const userId = yield* accounts.available(localpartOf(asked))
  yield* accounts.create(userId, { password: undefined, guest: false, appservice: service.id })
  return body.inhibit_login === true ? { user_id: userId } : yield* login(userId, body)
})

export const logInForService = Effect.fnUntraced(function* (
  service: Appservice,
  body: Device & { readonly identifier?: Identifier; readonly user?: string },
) {
  const name = userOf(body.identifier) ?? body.user
  if (name === undefined) return yield* new MissingParam({ error: "A login needs an identifier of type m.id.user" })
  const userId = (yield* Accounts).userIdOf(name)
  yield* mustOwnUser(service, userId)
  const user = yield* (yield* Masquerade).requester(service, new URLSearchParams({ user_id: userId }))
  if (user.standing === "locked") return yield* refuseLocked
  return yield* login(userId, body)
})
