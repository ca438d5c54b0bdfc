/** Logins and how they end. Spec: "Login", "Soft logout", "Refreshing access tokens". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { DeviceId, UserId } from "../ids.ts"

export const getLoginFlows = endpoint({
  operationId: "getLoginFlows",
  method: "GET",
  path: "/_matrix/client/v3/login",
  access: "none",
  success: Schema.Struct({
    flows: Schema.Array(
      Schema.Struct({
        type: Schema.String,
        get_login_token: Schema.optionalKey(Schema.Boolean),
        identity_providers: Schema.optionalKey(Schema.Array(Schema.Struct({ id: Schema.String, name: Schema.String }))),
      }),
    ),
  }),
})

export const logout = endpoint({ operationId: "logout", method: "POST", path: "/_matrix/client/v3/logout" })

export const logoutAll = endpoint({ operationId: "logout_all", method: "POST", path: "/_matrix/client/v3/logout/all" })

export const refresh = endpoint({
  operationId: "refresh",
  method: "POST",
  path: "/_matrix/client/v3/refresh",
  access: "none",
  limit: "login",
  body: Schema.Struct({ refresh_token: Schema.String }),
  success: Schema.Struct({
    access_token: Schema.String,
    refresh_token: Schema.optionalKey(Schema.String),
    expires_in_ms: Schema.optionalKey(Schema.Natural),
  }),
})

export const getTokenOwner = endpoint({
  operationId: "getTokenOwner",
  method: "GET",
  path: "/_matrix/client/v3/account/whoami",
  success: Schema.Struct({ user_id: UserId, device_id: Schema.optionalKey(DeviceId), is_guest: Schema.Boolean }),
})
