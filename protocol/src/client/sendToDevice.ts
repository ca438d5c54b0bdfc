/** Messages that skip the rooms. Spec: "Send-to-Device messaging". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"

export const sendToDevice = endpoint({
  operationId: "sendToDevice",
  method: "PUT",
  path: "/_matrix/client/v3/sendToDevice/:eventType/:txnId",
  params: { eventType: shortText(255), txnId: shortText(512) },
  /** By user and device; `*` means all of a user's. */
  body: Schema.Struct({ messages: Schema.Record(UserId, Schema.Record(Schema.String, JsonObject)) }),
  numbers: "any",
})
