/** What is new for a device. Spec: "Syncing". */
import { Schema } from "effect"
import { BooleanFromString, endpoint, NaturalFromString } from "../Endpoint.ts"
import { JsonObject } from "../json.ts"

export const sync = endpoint({
  operationId: "sync",
  method: "GET",
  path: "/_matrix/client/v3/sync",
  limit: "none",
  query: {
    filter: Schema.optionalKey(Schema.String),
    since: Schema.optionalKey(Schema.String),
    full_state: Schema.optionalKey(BooleanFromString),
    set_presence: Schema.optionalKey(Schema.Literals(["offline", "online", "unavailable"])),
    timeout: Schema.optionalKey(NaturalFromString),
    use_state_after: Schema.optionalKey(BooleanFromString),
    "org.matrix.msc4222.use_state_after": Schema.optionalKey(BooleanFromString),
  },
  success: JsonObject,
})
