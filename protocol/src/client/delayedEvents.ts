/**
 * Events that the server sends later unless it is told not to: how a call ends for somebody whose network is gone.
 * Served under the names that clients use while MSC4140 is not in a release.
 */
import { Schema } from "effect"
import { endpoint, NaturalFromString } from "../Endpoint.ts"
import { EventId, RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"

const base = "/_matrix/client/unstable/org.matrix.msc4140"
const DelayId = shortText(64)

const Delay = Schema.Natural.check(Schema.isGreaterThanOrEqualTo(1))
/** As a query parameter of `send` and `state`, in milliseconds: the older form. */
export const delayQuery = "org.matrix.msc4140.delay"
export const DelayQuery = Schema.optionalKey(NaturalFromString.check(Schema.isGreaterThanOrEqualTo(1)))
/** What `send` and `state` answer: the event, or what it is called until it is sent. */
export const Sent = Schema.Union([Schema.Struct({ event_id: EventId }), Schema.Struct({ delay_id: Schema.String })])

const Action = Schema.Literals(["send", "cancel", "restart"])
export type Action = typeof Action.Type

export const scheduleDelayedEvent = endpoint({
  operationId: "scheduleDelayedEvent",
  method: "PUT",
  path: `${base}/rooms/:roomId/delayed_event/:eventType/:txnId`,
  params: { roomId: RoomId, eventType: Schema.String, txnId: Schema.String },
  body: Schema.Struct({
    /** Either name, in milliseconds. */
    delay: Schema.optionalKey(Delay),
    delay_ms: Schema.optionalKey(Delay),
    state_key: Schema.optionalKey(Schema.String),
    content: JsonObject,
  }),
  success: Schema.Struct({ delay_id: Schema.String }),
})

/** Whoever knows the id may act: a call's media server is given it for that. */
export const manageDelayedEvent = endpoint({
  operationId: "manageDelayedEvent",
  method: "POST",
  path: `${base}/delayed_events/:delayId/:action`,
  access: "none",
  limit: "message",
  params: { delayId: DelayId, action: Action },
})

/** The older form, with the action in the body. */
export const updateDelayedEvent = endpoint({
  operationId: "updateDelayedEvent",
  method: "POST",
  path: `${base}/delayed_events/:delayId`,
  access: "none",
  limit: "message",
  params: { delayId: DelayId },
  body: Schema.Struct({ action: Action }),
})

const DelayedEvent = Schema.Struct({
  delay_id: Schema.String,
  room_id: RoomId,
  type: Schema.String,
  state_key: Schema.optionalKey(Schema.String),
  delay: Schema.Natural,
  running_since: Schema.Natural,
  content: JsonObject,
  error: Schema.optionalKey(JsonObject),
  event_id: Schema.optionalKey(EventId),
  origin_server_ts: Schema.optionalKey(Schema.Natural),
})

export const getDelayedEvent = endpoint({
  operationId: "getDelayedEvent",
  method: "GET",
  path: `${base}/delayed_events/:delayId`,
  params: { delayId: DelayId },
  success: DelayedEvent,
})

export const getDelayedEvents = endpoint({
  operationId: "getDelayedEvents",
  method: "GET",
  path: `${base}/delayed_events`,
  success: Schema.Struct({ delayed_events: Schema.Array(DelayedEvent) }),
})
