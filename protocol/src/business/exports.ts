/** A conversation, or what somebody has written, as an archive to hand out. */
import { Schema } from "effect"
import { RoomId, UserId } from "../ids.ts"
import { apiEndpoint, Time } from "./api.ts"
import { OwnId } from "./holds.ts"

const of = { conversation: Schema.optionalKey(RoomId), user: Schema.optionalKey(UserId) }

const Export = Schema.Struct({
  id: OwnId,
  ...of,
  state: Schema.Literals(["running", "done", "failed"]),
  askedAt: Time,
  sizeBytes: Schema.optionalKey(Schema.Natural),
  /** Of the archive, in hex. */
  sha256: Schema.optionalKey(Schema.String),
  problem: Schema.optionalKey(Schema.String),
})

/** A conversation with its lanes, or all that a user has written with what their account holds. */
export const createExport = apiEndpoint({
  operationId: "createExport",
  method: "POST",
  path: "/exports",
  scope: "compliance:write",
  body: Schema.Struct(of),
  success: Export,
})

export const listExports = apiEndpoint({
  operationId: "listExports",
  method: "GET",
  path: "/exports",
  scope: "compliance:write",
  success: Schema.Struct({ items: Schema.Array(Export) }),
})

export const getExport = apiEndpoint({
  operationId: "getExport",
  method: "GET",
  path: "/exports/:id",
  scope: "compliance:write",
  params: { id: OwnId },
  success: Export,
})

/** A `.tar.gz`: the events as JSON lines, the same as pages to be read, and the files. */
export const getExportArchive = apiEndpoint({
  operationId: "getExportArchive",
  method: "GET",
  path: "/exports/:id/archive",
  scope: "compliance:write",
  params: { id: OwnId },
  success: Schema.Unknown,
})
