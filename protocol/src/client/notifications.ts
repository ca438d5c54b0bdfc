/** Spec: "Listing Notifications". */
import { Schema } from "effect"
import { endpoint, NaturalFromString } from "../Endpoint.ts"
import { JsonObject } from "../json.ts"

export const getNotifications = endpoint({
  operationId: "getNotifications",
  method: "GET",
  path: "/_matrix/client/v3/notifications",
  query: {
    from: Schema.optionalKey(Schema.String),
    limit: Schema.optionalKey(NaturalFromString),
    only: Schema.optionalKey(Schema.String),
  },
  success: Schema.Struct({
    next_token: Schema.optionalKey(Schema.String),
    notifications: Schema.Array(JsonObject),
  }),
})
