/** Networks that application services bridge to, and who and what is there. Spec: "Third-party Lookup". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { RoomAlias, UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"

const base = "/_matrix/client/v3/thirdparty"
const params = { protocol: Schema.String }

export const getProtocols = endpoint({
  operationId: "getProtocols",
  method: "GET",
  path: `${base}/protocols`,
  success: Schema.Record(Schema.String, JsonObject),
})
export const getProtocolMetadata = endpoint({
  operationId: "getProtocolMetadata",
  method: "GET",
  path: `${base}/protocol/:protocol`,
  params,
  success: JsonObject,
})

/** The fields to search by are those that the protocol says it has; they are left to the services. */
const Found = Schema.Array(JsonObject)

export const queryLocationByProtocol = endpoint({
  operationId: "queryLocationByProtocol",
  method: "GET",
  path: `${base}/location/:protocol`,
  params,
  success: Found,
})
export const queryUserByProtocol = endpoint({
  operationId: "queryUserByProtocol",
  method: "GET",
  path: `${base}/user/:protocol`,
  params,
  success: Found,
})
export const queryLocationByAlias = endpoint({
  operationId: "queryLocationByAlias",
  method: "GET",
  path: `${base}/location`,
  query: { alias: RoomAlias },
  success: Found,
})
export const queryUserByID = endpoint({
  operationId: "queryUserByID",
  method: "GET",
  path: `${base}/user`,
  query: { userid: UserId },
  success: Found,
})
