/** What a page says of itself, for a preview beside a message. Spec: "Content repository", `GET /media/preview_url`. */
import { Schema } from "effect"
import { endpoint, NaturalFromString } from "../Endpoint.ts"
import { JsonObject } from "../json.ts"

const query = { url: Schema.String.check(Schema.isMaxLength(2048)), ts: Schema.optionalKey(NaturalFromString) }

export const getUrlPreviewAuthed = endpoint({
  operationId: "getUrlPreviewAuthed",
  method: "GET",
  path: "/_matrix/client/v1/media/preview_url",
  limit: "media",
  query,
  success: JsonObject,
})

/** The path from before media needed a token; this one always did. */
export const getUrlPreview = endpoint({
  operationId: "getUrlPreview",
  method: "GET",
  path: "/_matrix/media/v3/preview_url",
  limit: "media",
  query,
  success: JsonObject,
})
