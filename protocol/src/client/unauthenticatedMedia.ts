/**
 * The paths by which media were read before reading needed a token. They are frozen: what was uploaded since is not
 * found there, and nothing here is older. Spec: "Content repository", client behaviour, since 1.11.
 */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"

const params = { serverName: Schema.String, mediaId: Schema.String }

export const getConfig = endpoint({
  operationId: "getConfig",
  method: "GET",
  path: "/_matrix/media/v3/config",
  success: Schema.Struct({ "m.upload.size": Schema.Natural }),
})

export const getContent = endpoint({
  operationId: "getContent",
  method: "GET",
  path: "/_matrix/media/v3/download/:serverName/:mediaId",
  access: "none",
  params,
})

export const getContentOverrideName = endpoint({
  operationId: "getContentOverrideName",
  method: "GET",
  path: "/_matrix/media/v3/download/:serverName/:mediaId/:fileName",
  access: "none",
  params: { ...params, fileName: Schema.String },
})

export const getContentThumbnail = endpoint({
  operationId: "getContentThumbnail",
  method: "GET",
  path: "/_matrix/media/v3/thumbnail/:serverName/:mediaId",
  access: "none",
  params,
})
