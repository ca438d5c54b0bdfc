/** An account: its name's availability, its password, its end. Spec: "Account registration", "Changing the password". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { AuthenticationData } from "../uia.ts"

export const checkUsernameAvailability = endpoint({
  operationId: "checkUsernameAvailability",
  method: "GET",
  path: "/_matrix/client/v3/register/available",
  access: "none",
  limit: "login",
  query: { username: Schema.String },
  success: Schema.Struct({ available: Schema.Boolean }),
})

export const registrationTokenValidity = endpoint({
  operationId: "registrationTokenValidity",
  method: "GET",
  path: "/_matrix/client/v1/register/m.login.registration_token/validity",
  access: "none",
  limit: "login",
  query: { token: Schema.String },
  success: Schema.Struct({ valid: Schema.Boolean }),
})

export const changePassword = endpoint({
  operationId: "changePassword",
  method: "POST",
  path: "/_matrix/client/v3/account/password",
  access: "optional",
  limit: "login",
  body: Schema.Struct({
    auth: Schema.optionalKey(AuthenticationData),
    new_password: Schema.String,
    logout_devices: Schema.optionalKey(Schema.Boolean),
  }),
})

export const deactivateAccount = endpoint({
  operationId: "deactivateAccount",
  method: "POST",
  path: "/_matrix/client/v3/account/deactivate",
  limit: "login",
  body: Schema.Struct({
    auth: Schema.optionalKey(AuthenticationData),
    id_server: Schema.optionalKey(Schema.String),
    erase: Schema.optionalKey(Schema.Boolean),
  }),
  success: Schema.Struct({ id_server_unbind_result: Schema.Literals(["success", "no-support"]) }),
})
