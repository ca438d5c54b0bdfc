/** Keys of devices and of people. Spec: "End-to-End Encryption", "Key management API" and "Cross-signing". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { DeviceId, UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"
import { AuthenticationData } from "../uia.ts"

/** What signed JSON carries: by user and key, a signature each. */
const Signatures = Schema.Record(UserId, Schema.Record(Schema.String, Schema.String))
const rest = [Schema.Record(Schema.String, Schema.Json)] as const

export const DeviceKeys = Schema.StructWithRest(
  Schema.Struct({
    user_id: UserId,
    device_id: DeviceId,
    algorithms: Schema.Array(Schema.String),
    keys: Schema.Record(Schema.String, Schema.String),
    signatures: Signatures,
  }),
  rest,
)
export type DeviceKeys = typeof DeviceKeys.Type

/** By `algorithm:key id`: a bare key, or one that its device signed. */
export const ClaimableKeys = Schema.Record(
  shortText(512),
  Schema.Union([
    Schema.String,
    Schema.StructWithRest(Schema.Struct({ key: Schema.String, signatures: Schema.optionalKey(Signatures) }), rest),
  ]),
)
export type ClaimableKeys = typeof ClaimableKeys.Type

export const uploadKeys = endpoint({
  operationId: "uploadKeys",
  method: "POST",
  path: "/_matrix/client/v3/keys/upload",
  body: Schema.Struct({
    device_keys: Schema.optionalKey(DeviceKeys),
    one_time_keys: Schema.optionalKey(ClaimableKeys),
    fallback_keys: Schema.optionalKey(ClaimableKeys),
  }),
  success: Schema.Struct({ one_time_key_counts: Schema.Record(Schema.String, Schema.Natural) }),
})

const ByServer = Schema.Record(Schema.String, JsonObject)

export const queryKeys = endpoint({
  operationId: "queryKeys",
  method: "POST",
  path: "/_matrix/client/v3/keys/query",
  limit: "read",
  body: Schema.Struct({
    timeout: Schema.optionalKey(Schema.Int),
    device_keys: Schema.Record(UserId, Schema.Array(Schema.String)),
  }),
  success: Schema.Struct({
    failures: ByServer,
    device_keys: Schema.Record(Schema.String, Schema.Record(Schema.String, JsonObject)),
    master_keys: Schema.Record(Schema.String, JsonObject),
    self_signing_keys: Schema.Record(Schema.String, JsonObject),
    user_signing_keys: Schema.Record(Schema.String, JsonObject),
  }),
})

export const claimKeys = endpoint({
  operationId: "claimKeys",
  method: "POST",
  path: "/_matrix/client/v3/keys/claim",
  body: Schema.Struct({
    timeout: Schema.optionalKey(Schema.Int),
    one_time_keys: Schema.Record(UserId, Schema.Record(Schema.String, Schema.String)),
  }),
  success: Schema.Struct({
    failures: ByServer,
    one_time_keys: Schema.Record(
      Schema.String,
      Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Json)),
    ),
  }),
})

export const getKeysChanges = endpoint({
  operationId: "getKeysChanges",
  method: "GET",
  path: "/_matrix/client/v3/keys/changes",
  query: { from: Schema.String, to: Schema.String },
  success: Schema.Struct({ changed: Schema.Array(UserId), left: Schema.Array(UserId) }),
})

export const CrossSigningKey = Schema.StructWithRest(
  Schema.Struct({
    user_id: UserId,
    usage: Schema.Array(Schema.String),
    keys: Schema.Record(Schema.String, Schema.String),
    signatures: Schema.optionalKey(Signatures),
  }),
  rest,
)
export type CrossSigningKey = typeof CrossSigningKey.Type

export const uploadCrossSigningKeys = endpoint({
  operationId: "uploadCrossSigningKeys",
  method: "POST",
  path: "/_matrix/client/v3/keys/device_signing/upload",
  limit: "login",
  body: Schema.Struct({
    auth: Schema.optionalKey(AuthenticationData),
    master_key: Schema.optionalKey(CrossSigningKey),
    self_signing_key: Schema.optionalKey(CrossSigningKey),
    user_signing_key: Schema.optionalKey(CrossSigningKey),
  }),
})

export const uploadCrossSigningSignatures = endpoint({
  operationId: "uploadCrossSigningSignatures",
  method: "POST",
  path: "/_matrix/client/v3/keys/signatures/upload",
  body: Schema.Record(UserId, Schema.Record(Schema.String, JsonObject)),
  success: Schema.Struct({ failures: Schema.Record(Schema.String, Schema.Record(Schema.String, JsonObject)) }),
})
