/** What administrators of a server do about its accounts. Spec: "Server administration". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { UserId } from "../ids.ts"

const params = { userId: UserId }
const Locked = Schema.Struct({ locked: Schema.Boolean })
const Suspended = Schema.Struct({ suspended: Schema.Boolean })

export const getAdminLockUser = endpoint({
  operationId: "getAdminLockUser",
  method: "GET",
  path: "/_matrix/client/v1/admin/lock/:userId",
  params,
  success: Locked,
})

export const setAdminLockUser = endpoint({
  operationId: "setAdminLockUser",
  method: "PUT",
  path: "/_matrix/client/v1/admin/lock/:userId",
  params,
  body: Locked,
  success: Locked,
})

export const getAdminSuspendUser = endpoint({
  operationId: "getAdminSuspendUser",
  method: "GET",
  path: "/_matrix/client/v1/admin/suspend/:userId",
  params,
  success: Suspended,
})

export const setAdminSuspendUser = endpoint({
  operationId: "setAdminSuspendUser",
  method: "PUT",
  path: "/_matrix/client/v1/admin/suspend/:userId",
  params,
  body: Suspended,
  success: Suspended,
})

const Connection = Schema.Struct({
  ip: Schema.optionalKey(Schema.String),
  last_seen: Schema.optionalKey(Schema.Natural),
})

export const getWhoIs = endpoint({
  operationId: "getWhoIs",
  method: "GET",
  path: "/_matrix/client/v3/admin/whois/:userId",
  params,
  success: Schema.Struct({
    user_id: UserId,
    devices: Schema.Record(
      Schema.String,
      Schema.Struct({ sessions: Schema.Array(Schema.Struct({ connections: Schema.Array(Connection) })) }),
    ),
  }),
})
