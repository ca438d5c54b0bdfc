/** A room at one look, and what happens in it from there on: for those outside, too. Spec: "Room Previews". */
import { Schema } from "effect"
import { endpoint, NaturalFromString } from "../Endpoint.ts"
import { RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"

const Events = Schema.Array(JsonObject)

export const roomInitialSync = endpoint({
  operationId: "roomInitialSync",
  method: "GET",
  path: "/_matrix/client/v3/rooms/:roomId/initialSync",
  params: { roomId: RoomId },
  success: Schema.Struct({
    room_id: RoomId,
    membership: Schema.optionalKey(Schema.String),
    messages: Schema.Struct({ start: Schema.String, end: Schema.String, chunk: Events }),
    state: Events,
    visibility: Schema.Literals(["public", "private"]),
    account_data: Events,
  }),
})

export const peekEvents = endpoint({
  operationId: "peekEvents",
  method: "GET",
  path: "/_matrix/client/v3/events",
  query: {
    room_id: RoomId,
    from: Schema.optionalKey(Schema.String),
    timeout: Schema.optionalKey(NaturalFromString),
  },
  success: Schema.Struct({ start: Schema.String, end: Schema.String, chunk: Events }),
})
