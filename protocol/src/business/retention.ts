/** How long things are kept. What no policy names is kept for ever. */
import { Schema } from "effect"
import { shortText } from "../text.ts"
import { apiEndpoint } from "./api.ts"
import { KINDS } from "./conversations.ts"
import { OwnId } from "./holds.ts"
import { RecordType } from "./records.ts"

const PolicyBody = Schema.Struct({
  /** The conversations that it is for: all that it names must fit. */
  scope: Schema.Struct({
    kind: Schema.optionalKey(Schema.Literals(KINDS)),
    queue: Schema.optionalKey(shortText(64)),
    /** Conversations that are about a record of this type. */
    recordType: Schema.optionalKey(RecordType),
  }).check(Schema.isMinProperties(1)),
  /** Years, months and days as ISO 8601 writes them: `P7Y`, `P1Y6M`, `P90D`. */
  keep: Schema.String.check(Schema.isPattern(/^P(?=\d)(?:\d{1,3}Y)?(?:\d{1,4}M)?(?:\d{1,5}D)?$/)),
  /** What was said and its files go, or the files alone. */
  then: Schema.Literals(["redact", "purge"]),
})
export type PolicyBody = typeof PolicyBody.Type

const Policy = Schema.Struct({ id: OwnId, ...PolicyBody.fields })

/** Where several are for one conversation, the one that keeps longest counts. */
export const putRetention = apiEndpoint({
  operationId: "putRetention",
  method: "PUT",
  path: "/retention/:id",
  scope: "compliance:write",
  params: { id: OwnId },
  body: PolicyBody,
  success: Policy,
})

export const getRetention = apiEndpoint({
  operationId: "getRetention",
  method: "GET",
  path: "/retention/:id",
  scope: "compliance:write",
  params: { id: OwnId },
  success: Policy,
})

export const listRetention = apiEndpoint({
  operationId: "listRetention",
  method: "GET",
  path: "/retention",
  scope: "compliance:write",
  success: Schema.Struct({ items: Schema.Array(Policy) }),
})

export const deleteRetention = apiEndpoint({
  operationId: "deleteRetention",
  method: "DELETE",
  path: "/retention/:id",
  scope: "compliance:write",
  params: { id: OwnId },
})
