/** What clients need for calls. Spec: "Voice over IP"; for groups MSC4143. */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { JsonObject } from "../json.ts"

export const getTurnServer = endpoint({
  operationId: "getTurnServer",
  method: "GET",
  path: "/_matrix/client/v3/voip/turnServer",
  success: JsonObject,
})

export const getRtcTransports = endpoint({
  operationId: "getRtcTransports",
  method: "GET",
  path: "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports",
  success: Schema.Struct({ rtc_transports: Schema.Array(JsonObject) }),
})
