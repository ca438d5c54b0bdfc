/** Files as operators see them: whose they are, and which are kept from everyone. */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { UserId } from "../ids.ts"
import { base, nextFrom, pageQuery } from "./page.ts"

const File = Schema.Struct({
  media_id: Schema.String,
  content_type: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  /** Null while the file is announced and not there yet. */
  size_bytes: Schema.NullOr(Schema.Natural),
  created_ts: Schema.Natural,
  quarantined: Schema.Boolean,
})
export type File = typeof File.Type

export const listUserMedia = endpoint({
  operationId: "adminListUserMedia",
  method: "GET",
  path: `${base}/users/:userId/media`,
  params: { userId: UserId },
  query: pageQuery,
  success: Schema.Struct({ media: Schema.Array(File), ...nextFrom }),
})

/** A file in quarantine is not found by anyone, under none of the ids that it was uploaded as. */
export const setMediaQuarantine = endpoint({
  operationId: "adminSetMediaQuarantine",
  method: "PUT",
  path: `${base}/media/:mediaId/quarantine`,
  params: { mediaId: Schema.String },
  body: Schema.Struct({ quarantined: Schema.Boolean }),
})
