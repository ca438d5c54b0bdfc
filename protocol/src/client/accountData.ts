/** What a user keeps beside the rooms: account data and filters. Spec: "Client Config", "Filtering". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { Filter } from "../filter.ts"
import { RoomId, UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"

const global = "/_matrix/client/v3/user/:userId/account_data/:type"
const perRoom = "/_matrix/client/v3/user/:userId/rooms/:roomId/account_data/:type"
const globalParams = { userId: UserId, type: Schema.String }
const roomParams = { userId: UserId, roomId: RoomId, type: Schema.String }

export const setAccountData = endpoint({
  operationId: "setAccountData",
  method: "PUT",
  path: global,
  params: globalParams,
  body: JsonObject,
  numbers: "any",
})
export const getAccountData = endpoint({
  operationId: "getAccountData",
  method: "GET",
  path: global,
  params: globalParams,
  success: JsonObject,
})
export const setAccountDataPerRoom = endpoint({
  operationId: "setAccountDataPerRoom",
  method: "PUT",
  path: perRoom,
  params: roomParams,
  body: JsonObject,
  numbers: "any",
})
export const getAccountDataPerRoom = endpoint({
  operationId: "getAccountDataPerRoom",
  method: "GET",
  path: perRoom,
  params: roomParams,
  success: JsonObject,
})

export const defineFilter = endpoint({
  operationId: "defineFilter",
  method: "POST",
  path: "/_matrix/client/v3/user/:userId/filter",
  params: { userId: UserId },
  body: Filter,
  success: Schema.Struct({ filter_id: Schema.String }),
})
export const getFilter = endpoint({
  operationId: "getFilter",
  method: "GET",
  path: "/_matrix/client/v3/user/:userId/filter/:filterId",
  params: { userId: UserId, filterId: Schema.String },
  success: Filter,
})
