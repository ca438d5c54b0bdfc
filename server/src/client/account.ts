import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/account"
import type { UserId } from "@biz1/protocol/ids"
import { mayTakeUser } from "../appservice/authority.ts"
import { Accounts } from "../auth/Accounts.ts"
import { passOwn } from "../auth/ownIdentity.ts"
import { passMail } from "../auth/passwordReset.ts"
import { RegistrationTokens } from "../auth/RegistrationTokens.ts"
import { Sessions } from "../auth/Sessions.ts"
import { leave } from "../conversation/membership.ts"
import { handler } from "../http/Handler.ts"
import { ErasedUsers } from "../sync/ErasedUsers.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { UserViews } from "../sync/UserViews.ts"
import { checkPassword } from "./register.ts"

export const checkUsernameAvailability = handler(
  contract.checkUsernameAvailability,
  Effect.fnUntraced(function* ({ query }) {
    yield* mayTakeUser(yield* (yield* Accounts).available(query.username))
    return { available: true }
  }),
)

export const registrationTokenValidity = handler(
  contract.registrationTokenValidity,
  Effect.fnUntraced(function* ({ query }) {
    return { valid: yield* (yield* RegistrationTokens).isValid(query.token) }
  }),
)

/** Who is logged in shows the old password; who is not, a confirmed address. */
export const changePassword = handler(
  contract.changePassword,
  Effect.fnUntraced(function* (call) {
    const { body, requester, request } = call
    yield* checkPassword(body.new_password)
    const userId = requester?.userId ?? (yield* passMail(call))
    if (requester !== undefined) yield* passOwn({ body, requester, request })
    yield* (yield* Accounts).setPassword(userId, body.new_password)
    if (body.logout_devices !== false) yield* (yield* Sessions).end(userId, { except: requester?.deviceId })
    return {}
  }),
)

export const deactivateAccount = handler(
  contract.deactivateAccount,
  Effect.fnUntraced(function* (call) {
    yield* passOwn(call)
    yield* deactivate(call.requester.userId, call.body.erase === true)
    // Nobody's addresses are known to identity servers through this one: none is left bound.
    return { id_server_unbind_result: "success" as const }
  }),
)

/** The rooms come first: who is stopped in between can still log in to do it again. */
export const deactivate = Effect.fnUntraced(function* (userId: UserId, erase: boolean) {
  const user = yield* (yield* UserViews).get(userId)
  const rooms = [...user.rooms].filter(([, { membership }]) => present.has(membership))
  yield* Effect.forEach(rooms, ([roomId]) => Effect.ignore(leave(roomId, userId, undefined), { log: true }), {
    concurrency: 8,
    discard: true,
  })
  yield* (yield* Accounts).deactivate(userId, { erase })
  if (erase) yield* (yield* ErasedUsers).announce(userId)
  yield* (yield* Sessions).end(userId, { except: undefined })
  yield* (yield* Ephemeral).setPresence(userId, "offline", { statusMsg: undefined })
}, Effect.uninterruptible)

const present: ReadonlySet<string> = new Set(["join", "invite", "knock"])
