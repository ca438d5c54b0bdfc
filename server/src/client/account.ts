import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/account"
import { Accounts } from "../auth/Accounts.ts"
import { Interactive } from "../auth/Interactive.ts"
import { RegistrationTokens } from "../auth/RegistrationTokens.ts"
import { Sessions } from "../auth/Sessions.ts"
import { leave } from "../conversation/membership.ts"
import { handler } from "../http/Handler.ts"
import { UserViews } from "../sync/UserViews.ts"
import { checkPassword } from "./register.ts"

export const checkUsernameAvailability = handler(
  contract.checkUsernameAvailability,
  Effect.fnUntraced(function* ({ query }) {
    yield* (yield* Accounts).available(query.username)
    return { available: true }
  }),
)

export const registrationTokenValidity = handler(
  contract.registrationTokenValidity,
  Effect.fnUntraced(function* ({ query }) {
    return { valid: yield* (yield* RegistrationTokens).isValid(query.token) }
  }),
)

export const changePassword = handler(
  contract.changePassword,
  Effect.fnUntraced(function* ({ body, requester }) {
    yield* checkPassword(body.new_password)
    yield* (yield* Interactive).passPassword(body.auth, requester, "changePassword")
    yield* (yield* Accounts).setPassword(requester.userId, body.new_password)
    if (body.logout_devices !== false) yield* (yield* Sessions).end(requester.userId, { except: requester.deviceId })
    return {}
  }),
)

export const deactivateAccount = handler(
  contract.deactivateAccount,
  Effect.fnUntraced(function* ({ body, requester }) {
    yield* (yield* Interactive).passPassword(body.auth, requester, "deactivateAccount")
    const { userId } = requester
    const user = yield* (yield* UserViews).get(userId)
    const rooms = [...user.rooms].filter(([, { membership }]) => membership === "join" || membership === "invite")
    yield* Effect.forEach(rooms, ([roomId]) => Effect.ignore(leave(roomId, userId, undefined)), { discard: true })
    yield* (yield* Accounts).deactivate(userId)
    yield* (yield* Sessions).end(userId, { except: undefined })
    return { id_server_unbind_result: "no-support" as const }
  }),
)
