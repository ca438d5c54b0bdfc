/** Which versions of the specification the server speaks. Spec: "API Versions". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"

export const getVersions = endpoint({
  operationId: "getVersions",
  method: "GET",
  path: "/_matrix/client/versions",
  access: "none",
  limit: "none",
  success: Schema.Struct({
    versions: Schema.Array(Schema.String),
    unstable_features: Schema.Record(Schema.String, Schema.Boolean),
  }),
})
