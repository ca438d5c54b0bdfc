/** Events by what they relate to, and a room's threads. Spec: "Relationships API", "Querying threads in a room". */
import { Schema } from "effect"
import { endpoint, BooleanFromString, NaturalFromString } from "../Endpoint.ts"
import { EventId, RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"

const path = "/_matrix/client/v1/rooms/:roomId/relations/:eventId"
const params = { roomId: RoomId, eventId: EventId }
const query = {
  from: Schema.optionalKey(Schema.String),
  to: Schema.optionalKey(Schema.String),
  limit: Schema.optionalKey(NaturalFromString),
  dir: Schema.optionalKey(Schema.Literals(["b", "f"])),
  recurse: Schema.optionalKey(BooleanFromString),
}
const success = Schema.Struct({
  chunk: Schema.Array(JsonObject),
  next_batch: Schema.optionalKey(Schema.String),
  prev_batch: Schema.optionalKey(Schema.String),
  /** Where relations of relations were asked for: how deep the answer goes. */
  recursion_depth: Schema.optionalKey(Schema.Natural),
})

export const getRelatingEvents = endpoint({
  operationId: "getRelatingEvents",
  method: "GET",
  path,
  params,
  query,
  success,
})

export const getRelatingEventsWithRelType = endpoint({
  operationId: "getRelatingEventsWithRelType",
  method: "GET",
  path: `${path}/:relType`,
  params: { ...params, relType: Schema.String },
  query,
  success,
})

export const getRelatingEventsWithRelTypeAndEventType = endpoint({
  operationId: "getRelatingEventsWithRelTypeAndEventType",
  method: "GET",
  path: `${path}/:relType/:eventType`,
  params: { ...params, relType: Schema.String, eventType: Schema.String },
  query,
  success,
})

export const getThreadRoots = endpoint({
  operationId: "getThreadRoots",
  method: "GET",
  path: "/_matrix/client/v1/rooms/:roomId/threads",
  params: { roomId: RoomId },
  query: {
    include: Schema.optionalKey(Schema.Literals(["all", "participated"])),
    limit: Schema.optionalKey(NaturalFromString),
    from: Schema.optionalKey(Schema.String),
  },
  success: Schema.Struct({ chunk: Schema.Array(JsonObject), next_batch: Schema.optionalKey(Schema.String) }),
})
