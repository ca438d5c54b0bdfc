/** Makes an account, and logs in to it unless asked not to. Spec: "Account registration". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { DeviceId, UserId } from "../ids.ts"
import { DeviceName } from "../text.ts"
import { AuthenticationData } from "../uia.ts"

export const register = endpoint({
  operationId: "register",
  method: "POST",
  path: "/_matrix/client/v3/register",
  access: "none",
  limit: "register",
  query: { kind: Schema.optionalKey(Schema.Literals(["user", "guest"])) },
  body: Schema.Struct({
    /** `m.login.application_service` for a service that makes one of its users. */
    type: Schema.optionalKey(Schema.String),
    auth: Schema.optionalKey(AuthenticationData),
    username: Schema.optionalKey(Schema.String),
    password: Schema.optionalKey(Schema.String),
    device_id: Schema.optionalKey(DeviceId),
    initial_device_display_name: Schema.optionalKey(DeviceName),
    /** A guest's, to make that account one for good. Spec: "Guest Access". */
    guest_access_token: Schema.optionalKey(Schema.String),
    inhibit_login: Schema.optionalKey(Schema.Boolean),
    refresh_token: Schema.optionalKey(Schema.Boolean),
  }),
  success: Schema.Struct({
    user_id: UserId,
    access_token: Schema.optionalKey(Schema.String),
    device_id: Schema.optionalKey(DeviceId),
    refresh_token: Schema.optionalKey(Schema.String),
    expires_in_ms: Schema.optionalKey(Schema.Natural),
  }),
})
