/** A room's past: pages of it, one event, and what stood around it. Spec: "Getting events for a room". */
import { Schema } from "effect"
import { endpoint, NaturalFromString } from "../Endpoint.ts"
import { EventId, RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"

const limit = Schema.optionalKey(NaturalFromString)
const filter = Schema.optionalKey(Schema.String)

export const getRoomEvents = endpoint({
  operationId: "getRoomEvents",
  method: "GET",
  path: "/_matrix/client/v3/rooms/:roomId/messages",
  params: { roomId: RoomId },
  query: {
    dir: Schema.Literals(["b", "f"]),
    from: Schema.optionalKey(Schema.String),
    to: Schema.optionalKey(Schema.String),
    limit,
    filter,
  },
  success: Schema.Struct({
    start: Schema.String,
    end: Schema.optionalKey(Schema.String),
    chunk: Schema.Array(JsonObject),
    state: Schema.optionalKey(Schema.Array(JsonObject)),
  }),
})

export const getOneRoomEvent = endpoint({
  operationId: "getOneRoomEvent",
  method: "GET",
  path: "/_matrix/client/v3/rooms/:roomId/event/:eventId",
  params: { roomId: RoomId, eventId: EventId },
  success: JsonObject,
})

export const getEventByTimestamp = endpoint({
  operationId: "getEventByTimestamp",
  method: "GET",
  path: "/_matrix/client/v1/rooms/:roomId/timestamp_to_event",
  params: { roomId: RoomId },
  query: { ts: NaturalFromString, dir: Schema.Literals(["b", "f"]) },
  success: Schema.Struct({ event_id: EventId, origin_server_ts: Schema.Natural }),
})

export const getEventContext = endpoint({
  operationId: "getEventContext",
  method: "GET",
  path: "/_matrix/client/v3/rooms/:roomId/context/:eventId",
  params: { roomId: RoomId, eventId: EventId },
  query: { limit, filter },
  success: Schema.Struct({
    start: Schema.String,
    end: Schema.String,
    event: JsonObject,
    events_before: Schema.Array(JsonObject),
    events_after: Schema.Array(JsonObject),
    state: Schema.Array(JsonObject),
  }),
})
