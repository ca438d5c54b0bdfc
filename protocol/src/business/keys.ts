/** Who calls, and the keys by which other systems do. */
import { Schema } from "effect"
import { UserId } from "../ids.ts"
import { shortText } from "../text.ts"
import { apiEndpoint, page, Time } from "./api.ts"
import { PERMISSIONS, ROLES } from "./roles.ts"
import { SCOPES } from "./scopes.ts"

const Scopes = Schema.Array(Schema.Literals(SCOPES)).check(Schema.isMaxLength(SCOPES.length))

export const whoAmI = apiEndpoint({
  operationId: "businessWhoAmI",
  method: "GET",
  path: "/whoami",
  scope: "none",
  success: Schema.Union([
    Schema.Struct({ kind: Schema.Literal("key"), id: Schema.String, name: Schema.String, scopes: Scopes }),
    Schema.Struct({
      kind: Schema.Literal("user"),
      user: UserId,
      role: Schema.Literals(ROLES),
      auditor: Schema.Boolean,
      teams: Schema.Array(Schema.String),
      /** What this person may do at all; some of it only where the table of permissions says so. */
      permissions: Schema.Array(Schema.Literals(PERMISSIONS)),
    }),
  ]),
})

const described = {
  /** What it is for, as people know it. */
  name: shortText(100).check(Schema.isMinLength(1)),
  scopes: Scopes,
  /** Users in whose name it may act. */
  actAs: Schema.optionalKey(Schema.Array(UserId).check(Schema.isMaxLength(100))),
  /** Addresses and networks, as in `192.0.2.0/24`, from which alone it is good. */
  addresses: Schema.optionalKey(Schema.Array(shortText(64)).check(Schema.isMaxLength(100))),
  expiresAt: Schema.optionalKey(Time),
}

const Key = Schema.Struct({
  id: Schema.String,
  ...described,
  createdAt: Time,
  createdBy: Schema.String,
  lastUsedAt: Schema.optionalKey(Time),
})

export const createKey = apiEndpoint({
  operationId: "createApiKey",
  method: "POST",
  path: "/keys",
  scope: "keys:write",
  body: Schema.Struct(described),
  /** The secret is said this once. */
  success: Schema.Struct({ ...Key.fields, secret: Schema.String }),
})

export const listKeys = apiEndpoint({
  operationId: "listApiKeys",
  method: "GET",
  path: "/keys",
  scope: "keys:write",
  success: page(Key),
})

export const deleteKey = apiEndpoint({
  operationId: "deleteApiKey",
  method: "DELETE",
  path: "/keys/:id",
  scope: "keys:write",
  params: { id: shortText(64) },
})
