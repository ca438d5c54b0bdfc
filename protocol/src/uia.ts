/** What a client sends to pass a stage of user-interactive authentication. Spec: "User-Interactive Authentication API". */
import { Schema } from "effect"

export const AuthenticationData = Schema.StructWithRest(
  Schema.Struct({
    type: Schema.optionalKey(Schema.String),
    session: Schema.optionalKey(Schema.String),
  }),
  [Schema.Record(Schema.String, Schema.Json)],
)
export type AuthenticationData = typeof AuthenticationData.Type

/** Who a login or a password stage is for. Spec: "Identifier types". */
export const Identifier = Schema.StructWithRest(Schema.Struct({ type: Schema.String }), [
  Schema.Record(Schema.String, Schema.Json),
])
export type Identifier = typeof Identifier.Type
