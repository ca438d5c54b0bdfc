/** Records of the business: what conversations are about. They are owned by the systems that send them. */
import { Schema } from "effect"
import { UserId } from "../ids.ts"
import { shortText } from "../text.ts"
import { apiEndpoint, page, pageQuery, Time } from "./api.ts"

export const STATUS_KINDS = ["open", "waiting", "done", "cancelled"] as const

export const RecordType = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_.-]{0,63}$/))
/** The owner's own id. */
export const RecordId = shortText(200).check(Schema.isMinLength(1))
export const RecordKey = Schema.Struct({ type: RecordType, id: RecordId })

const FieldValue = Schema.Union([shortText(10_000), Schema.Finite, Schema.Boolean, Schema.Null])

/** Somebody who has to do with a record: a user, or an identity of a customer as `channel/account/address`. */
const Person = Schema.Struct({
  user: Schema.optionalKey(UserId),
  identity: Schema.optionalKey(shortText(500)),
  role: shortText(64),
})

/** What a record says, but for its key. */
export const RecordBody = Schema.Struct({
  /** How people call it, as `INV-1042`. */
  number: Schema.optionalKey(shortText(100)),
  title: shortText(500),
  status: shortText(100),
  statusKind: Schema.Literals(STATUS_KINDS),
  url: Schema.optionalKey(shortText(2000).check(Schema.isPattern(/^https?:\/\//))),
  customer: Schema.optionalKey(Schema.Struct({ id: RecordId })),
  parent: Schema.optionalKey(RecordKey),
  people: Schema.optionalKey(Schema.Array(Person).check(Schema.isMaxLength(500))),
  amount: Schema.optionalKey(
    Schema.Struct({
      /** As text, so that no digit is lost. */
      value: Schema.String.check(Schema.isPattern(/^-?\d{1,18}(?:\.\d{1,6})?$/)),
      currency: Schema.String.check(Schema.isPattern(/^[A-Z]{3}$/)),
    }),
  ),
  dueAt: Schema.optionalKey(Time),
  fields: Schema.optionalKey(Schema.Record(shortText(100), FieldValue).check(Schema.isMaxProperties(200))),
  /** Who sees more than its number and title: everyone of the organisation, or its people alone. */
  visibility: Schema.optionalKey(Schema.Literals(["staff", "people"])),
  /** The owner's count of changes. It never goes back. */
  version: Schema.Natural,
  occurredAt: Time,
})
export type RecordBody = typeof RecordBody.Type

/** A record as it is given out. Whoever may not see all of it gets its number and title. */
export const BusinessRecord = Schema.Struct({
  ...RecordKey.fields,
  ...Schema.Struct(RecordBody.fields).mapFields((fields) => ({
    ...fields,
    status: Schema.optionalKey(fields.status),
    statusKind: Schema.optionalKey(fields.statusKind),
    occurredAt: Schema.optionalKey(fields.occurredAt),
  })).fields,
  updatedAt: Time,
  deletedAt: Schema.optionalKey(Time),
})

const key = { type: RecordType, id: RecordId }

/** A stale version changes nothing; the same one again neither. */
export const UPSERT_RESULTS = ["created", "updated", "unchanged", "stale"] as const
const UpsertResult = Schema.Literals(UPSERT_RESULTS)

export const putRecord = apiEndpoint({
  operationId: "putRecord",
  method: "PUT",
  path: "/records/:type/:id",
  scope: "records:write",
  params: key,
  body: RecordBody,
  success: Schema.Struct({ result: UpsertResult, version: Schema.Natural }),
})

export const MAX_BATCH = 500

/** Each by itself: what is wrong with one leaves the others alone. */
export const putRecords = apiEndpoint({
  operationId: "putRecords",
  method: "POST",
  path: "/records::batch",
  scope: "records:write",
  body: Schema.Struct({ records: Schema.Array(Schema.Unknown).check(Schema.isMaxLength(MAX_BATCH)) }),
  success: Schema.Struct({
    results: Schema.Array(
      Schema.Union([
        Schema.Struct({ ...key, result: UpsertResult, version: Schema.Natural }),
        Schema.Struct({
          result: Schema.Literal("refused"),
          errcode: Schema.String,
          error: Schema.String,
          field: Schema.optionalKey(Schema.String),
        }),
      ]),
    ),
  }),
})

export const getRecord = apiEndpoint({
  operationId: "getRecord",
  method: "GET",
  path: "/records/:type/:id",
  scope: "records:read",
  params: key,
  success: BusinessRecord,
})

export const getRecordVersions = apiEndpoint({
  operationId: "getRecordVersions",
  method: "GET",
  path: "/records/:type/:id/versions",
  scope: "records:read",
  params: key,
  query: pageQuery,
  success: page(BusinessRecord),
})

/** Its links stay and are shown as removed; a later version brings it back. */
export const deleteRecord = apiEndpoint({
  operationId: "deleteRecord",
  method: "DELETE",
  path: "/records/:type/:id",
  scope: "records:write",
  params: key,
  success: Schema.Struct({ result: Schema.Literals(["deleted", "unchanged"]) }),
})

/** By words of its number, its title or its customer's; without words the last changed first. */
export const findRecords = apiEndpoint({
  operationId: "findRecords",
  method: "GET",
  path: "/records",
  scope: "records:read",
  query: {
    ...pageQuery,
    q: Schema.optionalKey(shortText(200)),
    type: Schema.optionalKey(RecordType),
    customer: Schema.optionalKey(RecordId),
    statusKind: Schema.optionalKey(Schema.Literals(STATUS_KINDS)),
  },
  success: page(BusinessRecord),
})
