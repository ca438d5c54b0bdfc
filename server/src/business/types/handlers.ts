import { Effect } from "effect"
import * as contract from "@biz1/protocol/business/types"
import { InvalidParam, NotFound } from "@biz1/protocol/errors"
import { handler } from "../../http/Handler.ts"
import { checkPermission } from "../api/Caller.ts"
import { RecordTypes } from "./RecordTypes.ts"

const notHere = (type: string) => new NotFound({ error: `Nobody has registered the type ${type}` })

export const putType = handler(
  contract.putType,
  Effect.fnUntraced(function* ({ params: { type }, body, caller }) {
    yield* checkPermission(caller, "settings")
    const unknown = body.disclosable?.find((name) => !Object.hasOwn(body.fields, name))
    if (unknown !== undefined) {
      return yield* new InvalidParam({ error: `${unknown} is none of the fields`, field: "disclosable" })
    }
    yield* (yield* RecordTypes).put(type, body)
    return { type, ...body }
  }),
)

export const getType = handler(
  contract.getType,
  Effect.fnUntraced(function* ({ params: { type } }) {
    const found = (yield* (yield* RecordTypes).find([type])).get(type)
    if (found === undefined) return yield* notHere(type)
    return { type, ...found }
  }),
)

export const listTypes = handler(
  contract.listTypes,
  Effect.fnUntraced(function* () {
    const all = yield* (yield* RecordTypes).all
    return { items: [...all].map(([type, body]) => ({ type, ...body })) }
  }),
)

export const deleteType = handler(
  contract.deleteType,
  Effect.fnUntraced(function* ({ params: { type }, caller }) {
    yield* checkPermission(caller, "settings")
    if (!(yield* (yield* RecordTypes).remove(type))) return yield* notHere(type)
    return {}
  }),
)
