/** Logs in. Spec: "Login". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { DeviceId, UserId } from "../ids.ts"
import { DeviceName } from "../text.ts"
import { Identifier } from "../uia.ts"

export const login = endpoint({
  operationId: "login",
  method: "POST",
  path: "/_matrix/client/v3/login",
  access: "none",
  limit: "login",
  body: Schema.Struct({
    type: Schema.String,
    identifier: Schema.optionalKey(Identifier),
    /** What clients sent before there were identifiers. */
    user: Schema.optionalKey(Schema.String),
    medium: Schema.optionalKey(Schema.String),
    address: Schema.optionalKey(Schema.String),
    password: Schema.optionalKey(Schema.String),
    token: Schema.optionalKey(Schema.String),
    device_id: Schema.optionalKey(DeviceId),
    initial_device_display_name: Schema.optionalKey(DeviceName),
    refresh_token: Schema.optionalKey(Schema.Boolean),
  }),
  success: Schema.Struct({
    user_id: UserId,
    access_token: Schema.String,
    device_id: DeviceId,
    refresh_token: Schema.optionalKey(Schema.String),
    expires_in_ms: Schema.optionalKey(Schema.Natural),
    /** Where the server is to be reached, as in its well-known file. */
    well_known: Schema.optionalKey(Schema.Struct({ "m.homeserver": Schema.Struct({ base_url: Schema.String }) })),
  }),
})
