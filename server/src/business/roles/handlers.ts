import { Effect } from "effect"
import { type CustomRole, mayAssign, outranks, PERMISSION_TABLE, type Person } from "@biz1/core/business/roles"
import * as contract from "@biz1/protocol/business/people"
import { PERMISSIONS, ROLES, type Permission } from "@biz1/protocol/business/roles"
import { Forbidden, InvalidParam, NotFound, UnknownConflict } from "@biz1/protocol/errors"
import { serverOf, type UserId } from "@biz1/protocol/ids"
import { ServerConfig } from "../../config.ts"
import { handler } from "../../http/Handler.ts"
import { type Caller, checkPermission } from "../api/Caller.ts"
import { Levels } from "./Levels.ts"
import { Roles } from "./Roles.ts"

const shown = (user: UserId, { role, custom, auditor, teams }: Person) => ({
  user,
  role,
  ...(custom === undefined ? {} : { custom: custom.name }),
  ...(auditor ? { auditor } : {}),
  ...(teams.length === 0 ? {} : { teams }),
})

/** A key that may change people stands level with an administrator. */
const standing = (caller: Caller): Person =>
  caller.kind === "user" ? caller.person : { role: "admin", auditor: false, teams: [] }

export const listPeople = handler(
  contract.listPeople,
  Effect.fnUntraced(function* () {
    const { people } = yield* Roles
    return { items: [...people()].map(([user, person]) => shown(user, person)) }
  }),
)

export const getPerson = handler(
  contract.getPerson,
  Effect.fnUntraced(function* ({ params: { user } }) {
    return shown(user, (yield* Roles).personOf(user))
  }),
)

export const putPerson = handler(
  contract.putPerson,
  Effect.fnUntraced(function* ({ params: { user }, body, caller }) {
    const roles = yield* Roles
    const { role, auditor = false, teams = [] } = body
    const custom = body.custom === undefined ? undefined : roles.customRoles().get(body.custom)
    if (body.custom !== undefined && custom?.like !== role) {
      return yield* new InvalidParam({ error: `There is no role ${body.custom} that is like ${role}`, field: "custom" })
    }
    const { serverName } = yield* ServerConfig
    if (serverOf(user) !== serverName && !["partner", "customer", "guest"].includes(role)) {
      return yield* new InvalidParam({ error: "Who is at home on another server stays outside", field: "role" })
    }
    const [giver, before, after] = [standing(caller), roles.personOf(user), { role, custom, auditor, teams }]
    const auditorChanges = auditor !== before.auditor
    if (!mayAssign(giver, before, after) || (auditorChanges && outranks({ role: "admin" }, giver))) {
      return yield* new Forbidden({ error: "You may not make this of this person" })
    }
    const owners = [...roles.people()].filter(([, person]) => person.role === "owner")
    if (before.role === "owner" && role !== "owner" && owners.length === 1) {
      return yield* new Forbidden({ error: "An organisation needs an owner: name another one first" })
    }
    yield* roles.put(user, { role, custom: body.custom, auditor, teams })
    yield* (yield* Levels).renew(user)
    return shown(user, roles.personOf(user))
  }),
)

const grantsOf = (role: (typeof ROLES)[number]): CustomRole["grants"] =>
  Object.fromEntries(
    PERMISSIONS.map((permission): [Permission, CustomRole["grants"][Permission]] => [
      permission,
      PERMISSION_TABLE[permission].grants[role],
    ]).filter(([, grant]) => grant !== undefined),
  )

export const listRoles = handler(
  contract.listRoles,
  Effect.fnUntraced(function* () {
    const custom = [...(yield* Roles).customRoles().values()]
    return {
      items: [
        ...ROLES.map((name) => ({ name, like: name, builtIn: true, grants: grantsOf(name) })),
        ...custom.map((role) => ({ ...role, builtIn: false })),
      ],
    }
  }),
)

export const putRole = handler(
  contract.putRole,
  Effect.fnUntraced(function* ({ params: { name }, body, caller }) {
    yield* checkPermission(caller, "settings")
    if (ROLES.some((role) => role === name)) {
      return yield* new InvalidParam({ error: `${name} is one of the built-in roles`, field: "name" })
    }
    if (outranks({ role: body.like }, standing(caller))) {
      return yield* new Forbidden({ error: "A role cannot stand above your own" })
    }
    yield* (yield* Roles).putRole({ name, ...body })
    return {}
  }),
)

export const deleteRole = handler(
  contract.deleteRole,
  Effect.fnUntraced(function* ({ params: { name }, caller }) {
    yield* checkPermission(caller, "settings")
    const roles = yield* Roles
    if (!roles.customRoles().has(name)) return yield* new NotFound({ error: "There is no such role" })
    if (!(yield* roles.removeRole(name))) {
      return yield* new UnknownConflict({ error: "Somebody has this role: give them another one first" })
    }
    return {}
  }),
)
