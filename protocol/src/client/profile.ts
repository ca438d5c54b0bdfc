/** How people are called and shown. Spec: "Profiles". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"

const field = "/_matrix/client/v3/profile/:userId/:keyName"
const params = { userId: UserId, keyName: Schema.Literals(["displayname", "avatar_url"]) }

export const getUserProfile = endpoint({
  operationId: "getUserProfile",
  method: "GET",
  path: "/_matrix/client/v3/profile/:userId",
  access: "optional",
  params: { userId: UserId },
  success: JsonObject,
})

export const getProfileField = endpoint({
  operationId: "getProfileField",
  method: "GET",
  path: field,
  access: "optional",
  params,
  success: JsonObject,
})

export const setProfileField = endpoint({
  operationId: "setProfileField",
  method: "PUT",
  path: field,
  params,
  body: Schema.Struct({
    displayname: Schema.optionalKey(Schema.NullOr(Schema.String)),
    avatar_url: Schema.optionalKey(Schema.NullOr(Schema.String)),
  }),
})

export const deleteProfileField = endpoint({ operationId: "deleteProfileField", method: "DELETE", path: field, params })

export const searchUserDirectory = endpoint({
  operationId: "searchUserDirectory",
  method: "POST",
  path: "/_matrix/client/v3/user_directory/search",
  limit: "read",
  body: Schema.Struct({ search_term: Schema.String, limit: Schema.optionalKey(Schema.Natural) }),
  success: Schema.Struct({
    limited: Schema.Boolean,
    results: Schema.Array(
      Schema.Struct({
        user_id: UserId,
        display_name: Schema.optionalKey(Schema.String),
        avatar_url: Schema.optionalKey(Schema.String),
      }),
    ),
  }),
})

const presence = Schema.Literals(["online", "offline", "unavailable"])

export const getPresence = endpoint({
  operationId: "getPresence",
  method: "GET",
  path: "/_matrix/client/v3/presence/:userId/status",
  params: { userId: UserId },
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
  path: "/_matrix/client/v3/presence/:userId/status",
  params: { userId: UserId },
  body: Schema.Struct({ presence, status_msg: Schema.optionalKey(Schema.NullOr(Schema.String)) }),
})
