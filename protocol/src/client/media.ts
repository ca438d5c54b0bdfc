/** Files that messages and profiles point to. Spec: "Content repository". */
import { Schema } from "effect"
import { BooleanFromString, endpoint, NaturalFromString } from "../Endpoint.ts"
import { ServerName } from "../ids.ts"
import { MediaId } from "../mxc.ts"

/** Where a file is, or will be. */
const params = { serverName: ServerName, mediaId: MediaId }
/** The name to give the file when somebody saves it. Its bytes are the body, their type the Content-Type header. */
const upload = { filename: Schema.optionalKey(Schema.String) }
/** How long to wait for a file that was announced and has not arrived. */
const wait = { timeout_ms: Schema.optionalKey(NaturalFromString) }
const Length = NaturalFromString.check(Schema.isGreaterThan(0))
/** The smallest size that would do. A thumbnail keeps the shape of the picture, or is cropped to the shape asked for. */
const thumbnail = {
  width: Length,
  height: Length,
  method: Schema.optionalKey(Schema.Literals(["crop", "scale"])),
  animated: Schema.optionalKey(BooleanFromString),
}
const fileName = { fileName: Schema.String }

export const createContent = endpoint({
  operationId: "createContent",
  method: "POST",
  path: "/_matrix/media/v1/create",
  limit: "media",
  success: Schema.Struct({ content_uri: Schema.String, unused_expires_at: Schema.Natural }),
})

export const uploadContent = endpoint({
  operationId: "uploadContent",
  method: "POST",
  path: "/_matrix/media/v3/upload",
  limit: "media",
  query: upload,
  success: Schema.Struct({ content_uri: Schema.String }),
})

export const uploadContentToMXC = endpoint({
  operationId: "uploadContentToMXC",
  method: "PUT",
  path: "/_matrix/media/v3/upload/:serverName/:mediaId",
  limit: "media",
  params,
  query: upload,
})

export const getConfigAuthed = endpoint({
  operationId: "getConfigAuthed",
  method: "GET",
  path: "/_matrix/client/v1/media/config",
  success: Schema.Struct({ "m.upload.size": Schema.Natural }),
})

export const getContentAuthed = endpoint({
  operationId: "getContentAuthed",
  method: "GET",
  path: "/_matrix/client/v1/media/download/:serverName/:mediaId",
  params,
  query: wait,
  success: Schema.Uint8Array,
})

export const getContentOverrideNameAuthed = endpoint({
  operationId: "getContentOverrideNameAuthed",
  method: "GET",
  path: "/_matrix/client/v1/media/download/:serverName/:mediaId/:fileName",
  params: { ...params, ...fileName },
  query: wait,
  success: Schema.Uint8Array,
})

export const getContentThumbnailAuthed = endpoint({
  operationId: "getContentThumbnailAuthed",
  method: "GET",
  path: "/_matrix/client/v1/media/thumbnail/:serverName/:mediaId",
  params,
  query: { ...thumbnail, ...wait },
  success: Schema.Uint8Array,
})
