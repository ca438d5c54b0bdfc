/** Who is there, and what they say about it. Spec: "Presence". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { UserId } from "../ids.ts"
import { shortText } from "../text.ts"

const path = "/_matrix/client/v3/presence/:userId/status"
const params = { userId: UserId }
const presence = Schema.Literals(["online", "offline", "unavailable"])

export const getPresence = endpoint({
  operationId: "getPresence",
  method: "GET",
  path,
  params,
  success: Schema.Struct({
    presence,
    last_active_ago: Schema.optionalKey(Schema.Natural),
    status_msg: Schema.optionalKey(Schema.String),
    currently_active: Schema.optionalKey(Schema.Boolean),
  }),
})

export const setPresence = endpoint({
  operationId: "setPresence",
  method: "PUT",
  path,
  params,
  body: Schema.Struct({ presence, status_msg: Schema.optionalKey(Schema.NullOr(shortText(1024))) }),
})
