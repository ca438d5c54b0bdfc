/**
 * Where two devices meet for signing in by a QR code: MSC4108 with the text as the body and its version in headers, as
 * deployed clients use it, and MSC4388 with both in JSON, which comes after it.
 */
import { Schema } from "effect"
import { shortText } from "../text.ts"
import { endpoint } from "../Endpoint.ts"

const path = "/_matrix/client/unstable/org.matrix.msc4108/rendezvous"
const params = { id: Schema.String }

export const createRendezvous = endpoint({
  operationId: "createRendezvous",
  method: "POST",
  path,
  access: "none",
  limit: "login",
  success: Schema.Struct({ url: Schema.String }),
})
export const readRendezvous = endpoint({
  operationId: "readRendezvous",
  method: "GET",
  path: `${path}/:id`,
  access: "none",
  params,
})
export const replaceRendezvous = endpoint({
  operationId: "replaceRendezvous",
  method: "PUT",
  path: `${path}/:id`,
  access: "none",
  params,
})
export const closeRendezvous = endpoint({
  operationId: "closeRendezvous",
  method: "DELETE",
  path: `${path}/:id`,
  access: "none",
  params,
})

const jsonPath = "/_matrix/client/unstable/io.element.msc4388/rendezvous"

export const discoverRendezvousJson = endpoint({
  operationId: "discoverRendezvousJson",
  method: "GET",
  path: jsonPath,
  access: "none",
  success: Schema.Struct({ create_available: Schema.Boolean }),
})
export const createRendezvousJson = endpoint({
  operationId: "createRendezvousJson",
  method: "POST",
  path: jsonPath,
  access: "none",
  limit: "login",
  body: Schema.Struct({ data: Schema.String }),
  success: Schema.Struct({ id: Schema.String, sequence_token: Schema.String, expires_in_ms: Schema.Natural }),
})
export const readRendezvousJson = endpoint({
  operationId: "readRendezvousJson",
  method: "GET",
  path: `${jsonPath}/:id`,
  access: "none",
  params,
  success: Schema.Struct({ data: Schema.String, sequence_token: Schema.String, expires_in_ms: Schema.Natural }),
})
export const replaceRendezvousJson = endpoint({
  operationId: "replaceRendezvousJson",
  method: "PUT",
  path: `${jsonPath}/:id`,
  access: "none",
  params,
  body: Schema.Struct({ data: Schema.String, sequence_token: shortText(255) }),
  success: Schema.Struct({ sequence_token: Schema.String }),
})
export const closeRendezvousJson = endpoint({
  operationId: "closeRendezvousJson",
  method: "DELETE",
  path: `${jsonPath}/:id`,
  access: "none",
  params,
})
