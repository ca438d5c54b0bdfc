/** Makes a room. Spec: "Creation". */
import { Schema } from "effect"
import { InvitedAddress } from "./membership.ts"
import { endpoint } from "../Endpoint.ts"
import { RoomId, UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"

export const createRoom = endpoint({
  operationId: "createRoom",
  method: "POST",
  path: "/_matrix/client/v3/createRoom",
  limit: "room",
  body: Schema.Struct({
    visibility: Schema.optionalKey(Schema.Literals(["public", "private"])),
    room_alias_name: Schema.optionalKey(Schema.String),
    name: Schema.optionalKey(Schema.String),
    topic: Schema.optionalKey(Schema.String),
    invite: Schema.optionalKey(Schema.Array(UserId)),
    /** By an address, which has to belong to an account here: there is no identity server to find others with. */
    invite_3pid: Schema.optionalKey(Schema.Array(InvitedAddress)),
    room_version: Schema.optionalKey(Schema.String),
    creation_content: Schema.optionalKey(JsonObject),
    initial_state: Schema.optionalKey(
      Schema.Array(
        Schema.Struct({ type: Schema.String, state_key: Schema.optionalKey(Schema.String), content: JsonObject }),
      ),
    ),
    preset: Schema.optionalKey(Schema.Literals(["private_chat", "public_chat", "trusted_private_chat"])),
    is_direct: Schema.optionalKey(Schema.Boolean),
    power_level_content_override: Schema.optionalKey(JsonObject),
  }),
  success: Schema.Struct({ room_id: RoomId }),
})
