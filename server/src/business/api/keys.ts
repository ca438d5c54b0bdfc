import { Effect } from "effect"
import { permits } from "@biz1/core/business/roles"
import * as contract from "@biz1/protocol/business/keys"
import { GRANTS, PERMISSIONS } from "@biz1/protocol/business/roles"
import { handler } from "../../http/Handler.ts"
import { type ApiKey, ApiKeys } from "./ApiKeys.ts"
import { callerId, checkPermission } from "./Caller.ts"

const every = Object.fromEntries(GRANTS.map((grant) => [grant, true]))

export const whoAmI = handler(contract.whoAmI, ({ caller }) => {
  if (caller.kind === "key") {
    const { id, name, scopes } = caller.key
    return Effect.succeed({ kind: "key" as const, id, name, scopes })
  }
  const { userId, person } = caller
  return Effect.succeed({
    kind: "user" as const,
    user: userId,
    role: person.role,
    auditor: person.auditor,
    teams: person.teams,
    permissions: PERMISSIONS.filter((permission) => permits(person, permission, every)),
  })
})

const time = (ms: number) => new Date(ms).toISOString()

const shown = (key: ApiKey) => ({
  id: key.id,
  name: key.name,
  scopes: key.scopes,
  actAs: key.actAs,
  addresses: key.addresses,
  createdAt: time(key.createdTs),
  createdBy: key.createdBy,
  ...(key.expiresTs === undefined ? {} : { expiresAt: time(key.expiresTs) }),
  ...(key.lastUsedTs === undefined ? {} : { lastUsedAt: time(key.lastUsedTs) }),
})

export const createKey = handler(
  contract.createKey,
  Effect.fnUntraced(function* ({ body, caller }) {
    yield* checkPermission(caller, "settings")
    const key = yield* (yield* ApiKeys).create({
      name: body.name,
      scopes: body.scopes,
      actAs: body.actAs ?? [],
      addresses: body.addresses ?? [],
      expiresTs: body.expiresAt === undefined ? undefined : Date.parse(body.expiresAt),
      createdBy: callerId(caller),
    })
    return { ...shown(key), secret: key.secret }
  }),
)

export const listKeys = handler(
  contract.listKeys,
  Effect.fnUntraced(function* ({ caller }) {
    yield* checkPermission(caller, "settings")
    return { items: (yield* (yield* ApiKeys).list).map(shown) }
  }),
)

export const deleteKey = handler(
  contract.deleteKey,
  Effect.fnUntraced(function* ({ params, caller }) {
    yield* checkPermission(caller, "settings")
    yield* (yield* ApiKeys).remove(params.id)
    return {}
  }),
)
