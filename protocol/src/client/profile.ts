/** How people are called and shown, and how they are found. Spec: "Profiles", "User Directory". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"

const field = "/_matrix/client/v3/profile/:userId/:keyName"
const params = { userId: UserId, keyName: Schema.String }

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
  body: JsonObject,
  numbers: "any",
})

export const deleteProfileField = endpoint({ operationId: "deleteProfileField", method: "DELETE", path: field, params })

export const searchUserDirectory = endpoint({
  operationId: "searchUserDirectory",
  method: "POST",
  path: "/_matrix/client/v3/user_directory/search",
  limit: "read",
  body: Schema.Struct({ search_term: shortText(512), limit: Schema.optionalKey(Schema.Natural) }),
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
