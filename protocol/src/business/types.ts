/** What kinds of records there are: how people call them, and what their fields hold. */
import { Schema } from "effect"
import { shortText } from "../text.ts"
import { apiEndpoint } from "./api.ts"
import { RecordType } from "./records.ts"

export const FIELD_KINDS = ["string", "number", "boolean", "date"] as const

/** What a key does not fit is refused, and not left out. */
const keyed = <Value extends Schema.Constraint>(pattern: RegExp, said: string, value: Value) =>
  Schema.Record(Schema.String, value).check(
    Schema.makeFilter(
      (record: Readonly<Record<string, unknown>>) => Object.keys(record).every((key) => pattern.test(key)) || said,
    ),
  )

/** In each language that there is a word for. */
const Labels = keyed(
  /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/,
  "texts under tags of languages, as he or pt-BR",
  shortText(100).check(Schema.isMinLength(1)),
).check(Schema.isMaxProperties(50))

const FieldType = Schema.Struct({
  kind: Schema.Literals(FIELD_KINDS),
  required: Schema.optionalKey(Schema.Boolean),
  labels: Schema.optionalKey(Labels),
})

const FieldName = shortText(100).check(Schema.isMinLength(1))

export const TypeBody = Schema.Struct({
  labels: Labels,
  /** The name of a sign, or a character. */
  icon: Schema.optionalKey(shortText(64)),
  /** All that a record of the type may have. */
  fields: keyed(/^[^\0]{1,100}$/u, "fields under names of at most 100 letters", FieldType).check(
    Schema.isMaxProperties(200),
  ),
  /** Those of the fields that may be told to everyone in a conversation. */
  disclosable: Schema.optionalKey(Schema.Array(FieldName).check(Schema.isMaxLength(200))),
})
export type TypeBody = typeof TypeBody.Type

const RegisteredType = Schema.Struct({ type: RecordType, ...TypeBody.fields })
const params = { type: RecordType }

/** Records that are sent from now on have to fit; those that are here stay. */
export const putType = apiEndpoint({
  operationId: "putRecordType",
  method: "PUT",
  path: "/types/:type",
  scope: "records:write",
  params,
  body: TypeBody,
  success: RegisteredType,
})

export const getType = apiEndpoint({
  operationId: "getRecordType",
  method: "GET",
  path: "/types/:type",
  scope: "records:read",
  params,
  success: RegisteredType,
})

export const listTypes = apiEndpoint({
  operationId: "listRecordTypes",
  method: "GET",
  path: "/types",
  scope: "records:read",
  success: Schema.Struct({ items: Schema.Array(RegisteredType) }),
})

/** Its records stay, and may hold anything again. */
export const deleteType = apiEndpoint({
  operationId: "deleteRecordType",
  method: "DELETE",
  path: "/types/:type",
  scope: "records:write",
  params,
})
