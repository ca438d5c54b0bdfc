/** What operators see of the accounts of their server, and do about them. */
import { Schema } from "effect"
import { BooleanFromString, endpoint } from "../Endpoint.ts"
import { DeviceId, RoomId, UserId } from "../ids.ts"
import { shortText } from "../text.ts"
import { base, nextFrom, pageQuery } from "./page.ts"

const params = { userId: UserId }
const path = `${base}/users/:userId`
const Password = Schema.String.check(Schema.isMaxLength(512))

export const AccountSummary = Schema.Struct({
  user_id: UserId,
  displayname: Schema.NullOr(Schema.String),
  is_admin: Schema.Boolean,
  is_guest: Schema.Boolean,
  locked: Schema.Boolean,
  suspended: Schema.Boolean,
  deactivated: Schema.Boolean,
  /** The application service whose user it is. */
  appservice_id: Schema.NullOr(Schema.String),
  /** Milliseconds since 1970. */
  created_ts: Schema.Natural,
})
export type AccountSummary = typeof AccountSummary.Type

export const listUsers = endpoint({
  operationId: "adminListUsers",
  method: "GET",
  path: `${base}/users`,
  query: {
    ...pageQuery,
    /** A part of the user id or of the name. */
    search: Schema.optionalKey(shortText(255)),
    admin: Schema.optionalKey(BooleanFromString),
    deactivated: Schema.optionalKey(BooleanFromString),
  },
  success: Schema.Struct({ users: Schema.Array(AccountSummary), total: Schema.Natural, ...nextFrom }),
})

export const getUser = endpoint({
  operationId: "adminGetUser",
  method: "GET",
  path,
  params,
  success: AccountSummary,
})

export const createUser = endpoint({
  operationId: "adminCreateUser",
  method: "POST",
  path: `${base}/users`,
  body: Schema.Struct({
    username: Schema.String.check(Schema.isMaxLength(255)),
    password: Password,
    admin: Schema.optionalKey(Schema.Boolean),
  }),
  success: Schema.Struct({ user_id: UserId }),
})

export const setUserPassword = endpoint({
  operationId: "adminSetUserPassword",
  method: "PUT",
  path: `${path}/password`,
  params,
  body: Schema.Struct({
    new_password: Password,
    /** Ends all logins, unless it is false. */
    logout_devices: Schema.optionalKey(Schema.Boolean),
  }),
})

export const setUserAdmin = endpoint({
  operationId: "adminSetUserAdmin",
  method: "PUT",
  path: `${path}/admin`,
  params,
  body: Schema.Struct({ admin: Schema.Boolean }),
})

export const setUserStanding = endpoint({
  operationId: "adminSetUserStanding",
  method: "PUT",
  path: `${path}/standing`,
  params,
  body: Schema.Struct({
    locked: Schema.optionalKey(Schema.Boolean),
    suspended: Schema.optionalKey(Schema.Boolean),
  }),
})

export const deactivateUser = endpoint({
  operationId: "adminDeactivateUser",
  method: "POST",
  path: `${path}/deactivate`,
  params,
  body: Schema.Struct({ erase: Schema.optionalKey(Schema.Boolean) }),
})

export const listUserDevices = endpoint({
  operationId: "adminListUserDevices",
  method: "GET",
  path: `${path}/devices`,
  params,
  success: Schema.Struct({
    devices: Schema.Array(
      Schema.Struct({
        device_id: DeviceId,
        display_name: Schema.optionalKey(Schema.String),
        last_seen_ip: Schema.optionalKey(Schema.String),
        last_seen_ts: Schema.optionalKey(Schema.Natural),
      }),
    ),
  }),
})

export const endUserDevice = endpoint({
  operationId: "adminEndUserDevice",
  method: "DELETE",
  path: `${path}/devices/:deviceId`,
  params: { userId: UserId, deviceId: DeviceId },
})

export const listUserRooms = endpoint({
  operationId: "adminListUserRooms",
  method: "GET",
  path: `${path}/rooms`,
  params,
  success: Schema.Struct({
    rooms: Schema.Array(Schema.Struct({ room_id: RoomId, membership: Schema.String })),
  }),
})
