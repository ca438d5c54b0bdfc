/** People of the organisation and beside it: what they are, and the roles that the organisation has made itself. */
import { Schema } from "effect"
import { UserId } from "../ids.ts"
import { shortText } from "../text.ts"
import { apiEndpoint } from "./api.ts"
import { GRANTS, PERMISSIONS, ROLES } from "./roles.ts"

const Teams = Schema.Array(shortText(64).check(Schema.isMinLength(1))).check(Schema.isMaxLength(50))
const RoleName = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_-]{0,63}$/))

const place = {
  role: Schema.Literals(ROLES),
  /** A role of the organisation's own making, whose permissions count instead. */
  custom: Schema.optionalKey(RoleName),
  auditor: Schema.optionalKey(Schema.Boolean),
  teams: Schema.optionalKey(Teams),
}

export const Person = Schema.Struct({ user: UserId, ...place })

/** Those who are something else than a member. */
export const listPeople = apiEndpoint({
  operationId: "listPeople",
  method: "GET",
  path: "/people",
  scope: "people:read",
  success: Schema.Struct({ items: Schema.Array(Person) }),
})

export const getPerson = apiEndpoint({
  operationId: "getPerson",
  method: "GET",
  path: "/people/:user",
  scope: "people:read",
  params: { user: UserId },
  success: Person,
})

/** Nobody gives more than they have, and somebody stays the owner. */
export const putPerson = apiEndpoint({
  operationId: "putPerson",
  method: "PUT",
  path: "/people/:user",
  scope: "people:write",
  params: { user: UserId },
  body: Schema.Struct(place),
  success: Person,
})

/** One of the built-in roles that it stands level with, and what it allows. */
const role = {
  like: Schema.Literals(ROLES),
  grants: Schema.Record(Schema.Literals(PERMISSIONS), Schema.optionalKey(Schema.Literals(GRANTS))),
}

export const listRoles = apiEndpoint({
  operationId: "listRoles",
  method: "GET",
  path: "/roles",
  scope: "people:read",
  success: Schema.Struct({
    items: Schema.Array(Schema.Struct({ name: Schema.String, builtIn: Schema.Boolean, ...role })),
  }),
})

export const putRole = apiEndpoint({
  operationId: "putRole",
  method: "PUT",
  path: "/roles/:name",
  scope: "people:write",
  params: { name: RoleName },
  body: Schema.Struct(role),
})

export const deleteRole = apiEndpoint({
  operationId: "deleteRole",
  method: "DELETE",
  path: "/roles/:name",
  scope: "people:write",
  params: { name: RoleName },
})
