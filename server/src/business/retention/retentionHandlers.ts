import { Effect } from "effect"
import * as contract from "@biz1/protocol/business/retention"
import { NotFound } from "@biz1/protocol/errors"
import { handler } from "../../http/Handler.ts"
import { checkPermission } from "../api/Caller.ts"
import { RetentionStore } from "./RetentionStore.ts"

const notHere = (id: string) => new NotFound({ error: `There is no retention policy ${id}` })

export const putRetention = handler(
  contract.putRetention,
  Effect.fnUntraced(function* ({ params: { id }, body, caller }) {
    yield* checkPermission(caller, "compliance")
    const policy = { id, ...body }
    yield* (yield* RetentionStore).put(policy)
    return policy
  }),
)

export const getRetention = handler(
  contract.getRetention,
  Effect.fnUntraced(function* ({ params: { id }, caller }) {
    yield* checkPermission(caller, "compliance")
    const found = (yield* (yield* RetentionStore).list).find((policy) => policy.id === id)
    return found ?? (yield* notHere(id))
  }),
)

export const listRetention = handler(
  contract.listRetention,
  Effect.fnUntraced(function* ({ caller }) {
    yield* checkPermission(caller, "compliance")
    return { items: yield* (yield* RetentionStore).list }
  }),
)

export const deleteRetention = handler(
  contract.deleteRetention,
  Effect.fnUntraced(function* ({ params: { id }, caller }) {
    yield* checkPermission(caller, "compliance")
    if (!(yield* (yield* RetentionStore).remove(id))) return yield* notHere(id)
    return {}
  }),
)
