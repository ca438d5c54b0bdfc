import { Effect } from "effect"
import * as contract from "@biz1/protocol/admin/users"
import { defaultPage } from "@biz1/protocol/admin/page"
import { Forbidden, InvalidParam, NotFound } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { mayTakeUser } from "../appservice/authority.ts"
import { Accounts } from "../auth/Accounts.ts"
import { Moderation } from "../auth/Moderation.ts"
import { Sessions } from "../auth/Sessions.ts"
import { deactivate } from "../client/account.ts"
import { checkPassword } from "../client/register.ts"
import { DeviceStore } from "../store/DeviceStore.ts"
import { AccountRegister } from "./AccountRegister.ts"
import { operator } from "./operator.ts"
import { continued } from "./continued.ts"

/** An account that something can still be done about. */
const living = Effect.fnUntraced(function* (userId: UserId) {
  const account = yield* (yield* AccountRegister).find(userId)
  if (account.deactivated) return yield* new InvalidParam({ error: "This account has been deactivated" })
  return account
})

/** Nobody is locked out who could do the same in return: the flag has to go first. */
const ordinary = Effect.fnUntraced(function* (userId: UserId) {
  const account = yield* living(userId)
  if (account.is_admin) return yield* new Forbidden({ error: "Take the administrator's flag from this account first" })
})

export const listUsers = operator(
  contract.listUsers,
  Effect.fnUntraced(function* ({ query: { search, admin, deactivated, from, limit = defaultPage } }) {
    const { users, total } = yield* (yield* AccountRegister).list({ search, admin, deactivated, from, limit })
    return { users, total, ...continued(users, limit, ({ user_id: userId }) => userId) }
  }),
)

export const getUser = operator(
  contract.getUser,
  Effect.fnUntraced(function* ({ params: { userId } }) {
    return yield* (yield* AccountRegister).find(userId)
  }),
)

export const createUser = operator(
  contract.createUser,
  Effect.fnUntraced(function* ({ body: { username, password, admin } }) {
    const accounts = yield* Accounts
    const userId = yield* accounts.available(username.toLowerCase())
    yield* mayTakeUser(userId)
    yield* checkPassword(password)
    yield* accounts.create(userId, { password, guest: false })
    if (admin === true) yield* (yield* AccountRegister).setAdmin(userId, true)
    return { user_id: userId }
  }),
)

export const setUserPassword = operator(
  contract.setUserPassword,
  Effect.fnUntraced(function* ({ params: { userId }, body, requester }) {
    yield* living(userId)
    yield* checkPassword(body.new_password)
    yield* (yield* Accounts).setPassword(userId, body.new_password)
    if (body.logout_devices !== false) {
      const except = userId === requester.userId ? requester.deviceId : undefined
      yield* (yield* Sessions).end(userId, { except })
    }
    return {}
  }),
)

export const setUserAdmin = operator(
  contract.setUserAdmin,
  Effect.fnUntraced(function* ({ params: { userId }, body: { admin } }) {
    const account = yield* living(userId)
    if (admin && (account.is_guest || account.locked || account.suspended)) {
      return yield* new Forbidden({ error: "A guest, or an account that is locked or suspended, cannot administer" })
    }
    yield* (yield* AccountRegister).setAdmin(userId, admin)
    return {}
  }),
)

export const setUserStanding = operator(
  contract.setUserStanding,
  Effect.fnUntraced(function* ({ params: { userId }, body: { locked, suspended } }) {
    yield* ordinary(userId)
    const moderation = yield* Moderation
    if (locked !== undefined) yield* moderation.set(userId, "locked", locked)
    if (suspended !== undefined) yield* moderation.set(userId, "suspended", suspended)
    return {}
  }),
)

export const deactivateUser = operator(
  contract.deactivateUser,
  Effect.fnUntraced(function* ({ params: { userId }, body: { erase } }) {
    yield* ordinary(userId)
    yield* deactivate(userId, erase === true)
    return {}
  }),
)

export const listUserDevices = operator(
  contract.listUserDevices,
  Effect.fnUntraced(function* ({ params: { userId } }) {
    yield* (yield* AccountRegister).find(userId)
    return { devices: yield* (yield* DeviceStore).ofUser(userId) }
  }),
)

export const endUserDevice = operator(
  contract.endUserDevice,
  Effect.fnUntraced(function* ({ params: { userId, deviceId } }) {
    const devices = yield* (yield* DeviceStore).ofUser(userId)
    if (!devices.some(({ device_id: id }) => id === deviceId)) {
      return yield* new NotFound({ error: "This user has no such device" })
    }
    yield* (yield* Sessions).end(userId, { devices: [deviceId] })
    return {}
  }),
)

export const listUserRooms = operator(
  contract.listUserRooms,
  Effect.fnUntraced(function* ({ params: { userId } }) {
    const register = yield* AccountRegister
    yield* register.find(userId)
    return { rooms: yield* register.roomsOf(userId) }
  }),
)
