/** What any server may ask about this one, unsigned. Spec: server-server API, "Server discovery", "OpenID". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { UserId } from "../ids.ts"

const VerifyKey = Schema.Struct({ key: Schema.String })

/** Unpadded base64 keys by their ids; the whole is signed by the server. Spec: "Publishing Keys". */
const ServerKeys = Schema.Struct({
  server_name: Schema.String,
  /** Milliseconds since 1970: until when the keys may be used without asking again. */
  valid_until_ts: Schema.Natural,
  verify_keys: Schema.Record(Schema.String, VerifyKey),
  old_verify_keys: Schema.Record(Schema.String, Schema.Struct({ key: Schema.String, expired_ts: Schema.Natural })),
  signatures: Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.String)),
})

export const getServerKey = endpoint({
  operationId: "getServerKey",
  method: "GET",
  path: "/_matrix/key/v2/server",
  access: "none",
  success: ServerKeys,
})

/** The same: which key is asked for makes no difference, as all are told. */
export const getServerKeyById = endpoint({
  operationId: "getServerKeyById",
  method: "GET",
  path: "/_matrix/key/v2/server/:keyId",
  access: "none",
  params: { keyId: Schema.String },
  success: ServerKeys,
})

export const getFederationVersion = endpoint({
  operationId: "getFederationVersion",
  method: "GET",
  path: "/_matrix/federation/v1/version",
  access: "none",
  success: Schema.Struct({ server: Schema.Struct({ name: Schema.String, version: Schema.String }) }),
})

/** What another service asks with the token that a user gave it. */
export const exchangeOpenIdToken = endpoint({
  operationId: "exchangeOpenIdToken",
  method: "GET",
  path: "/_matrix/federation/v1/openid/userinfo",
  access: "none",
  query: { access_token: Schema.optionalKey(Schema.String) },
  success: Schema.Struct({ sub: UserId }),
})
