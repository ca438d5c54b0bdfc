import { Effect, Result, Schema } from "effect"
import { misfitOf } from "@biz1/core/business/recordType"
import { DEFAULT_PAGE } from "@biz1/protocol/business/api"
import * as contract from "@biz1/protocol/business/records"
import type { TypeBody } from "@biz1/protocol/business/types"
import { NotFound, Unfitting, UnknownConflict, wireBody } from "@biz1/protocol/errors"
import { handler } from "../../http/Handler.ts"
import { refusalOf } from "../../http/refusal.ts"
import { callerId, checkPermission } from "../api/Caller.ts"
import { cursorOf, readCursor } from "../api/cursor.ts"
import { Customers } from "../customers/Customers.ts"
import { RecordTypes } from "../types/RecordTypes.ts"
import { Records } from "./Records.ts"
import { shownRecord } from "./shown.ts"

const notHere = (type: string, id: string) => new NotFound({ error: `There is no record ${type}/${id}` })

export const putRecord = handler(
  contract.putRecord,
  Effect.fnUntraced(function* ({ params: { type, id }, body, caller }) {
    yield* checkPermission(caller, "settings")
    const misfit = misfitIn(yield* (yield* RecordTypes).find([type]), type, body)
    if (misfit !== undefined) return yield* new Unfitting(misfit)
    const [upserted] = yield* (yield* Records).upsert([{ type, id, body }], callerId(caller))
    return upserted instanceof UnknownConflict ? yield* upserted : upserted!
  }),
)

const misfitIn = (types: ReadonlyMap<string, TypeBody>, type: string, { fields }: contract.RecordBody) => {
  const registered = types.get(type)
  return registered && misfitOf(registered, fields)
}

const decodeOne = Schema.decodeUnknownResult(
  Schema.Struct({ ...contract.RecordKey.fields, ...contract.RecordBody.fields }),
)

/** One of a batch, as it would have been refused by itself. */
const refused = (error: Unfitting | UnknownConflict) => ({
  result: "refused" as const,
  errcode: String(wireBody(error)["errcode"]),
  error: error.error,
  ...("field" in error && error.field !== undefined ? { field: error.field } : {}),
})

export const putRecords = handler(
  contract.putRecords,
  Effect.fnUntraced(function* ({ body: { records }, caller }) {
    yield* checkPermission(caller, "settings")
    const decoded = records.map((one) => decodeOne(one))
    const types = yield* (yield* RecordTypes).find(
      decoded.flatMap((one) => (Result.isFailure(one) ? [] : [one.success.type])),
    )
    const good = decoded.flatMap((one) => {
      if (Result.isFailure(one) || misfitIn(types, one.success.type, one.success) !== undefined) return []
      const { type, id, ...body } = one.success
      return [{ type, id, body }]
    })
    const upserted = (yield* (yield* Records).upsert(good, callerId(caller))).values()
    const results = decoded.map((one) => {
      if (Result.isFailure(one)) {
        return { result: "refused" as const, errcode: "M_BAD_JSON", ...refusalOf(one.failure) }
      }
      const misfit = misfitIn(types, one.success.type, one.success)
      if (misfit !== undefined) return refused(new Unfitting(misfit))
      const result = upserted.next().value!
      if (result instanceof UnknownConflict) return refused(result)
      return { type: one.success.type, id: one.success.id, ...result }
    })
    return { results }
  }),
)

export const getRecord = handler(
  contract.getRecord,
  Effect.fnUntraced(function* ({ params: { type, id }, caller }) {
    const record = yield* (yield* Records).find(yield* (yield* Customers).current({ type, id }))
    if (record === undefined) return yield* notHere(type, id)
    return shownRecord(caller, record)
  }),
)

export const getRecordVersions = handler(
  contract.getRecordVersions,
  Effect.fnUntraced(function* ({ params: { type, id }, query, caller }) {
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    const found = yield* (yield* Records).versions({ type, id }, { beforeSeq: cursor?.[0], limit })
    if (found.length === 0 && cursor === undefined) return yield* notHere(type, id)
    const last = found.at(-1)
    return {
      items: found.map((record) => shownRecord(caller, record)),
      ...(found.length < limit || last === undefined || last.seq === 1 ? {} : { next: cursorOf([last.seq]) }),
    }
  }),
)

export const deleteRecord = handler(
  contract.deleteRecord,
  Effect.fnUntraced(function* ({ params: { type, id }, caller }) {
    yield* checkPermission(caller, "settings")
    const records = yield* Records
    if (yield* records.remove({ type, id }, callerId(caller))) return { result: "deleted" as const }
    if ((yield* records.find({ type, id })) === undefined) return yield* notHere(type, id)
    return { result: "unchanged" as const }
  }),
)

export const findRecords = handler(
  contract.findRecords,
  Effect.fnUntraced(function* ({ query, caller }) {
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    const found = yield* (yield* Records).search({
      words: query.q,
      type: query.type,
      customer: query.customer,
      statusKind: query.statusKind,
      before: cursor?.[0],
      limit,
    })
    return {
      items: found.map((record) => shownRecord(caller, record)),
      ...(found.length < limit ? {} : { next: cursorOf([found.at(-1)!.pos]) }),
    }
  }),
)
