/** Conversations of the organisation: begun, found, linked with records, and read along a record. */
import { Schema } from "effect"
import { EventId, RoomId, UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"
import { apiEndpoint, page, pageQuery, Time } from "./api.ts"
import { BusinessRecord, RecordId, RecordKey, RecordType } from "./records.ts"

export const KINDS = ["personal", "group", "customer", "project", "mission", "support", "assistant"] as const
/** Rooms beside a conversation's main room, for fewer eyes. */
export const LANES = ["team", "partner"] as const

const Lane = Schema.Struct({ name: Schema.Literals(LANES), roomId: RoomId })

const ConversationLink = Schema.Struct({
  ...RecordKey.fields,
  role: Schema.Literals(["primary", "related"]),
  /** Whose link it is: the service user's, or a partner's. */
  writer: UserId,
  /** What everyone in the conversation is told of the record. */
  disclosed: JsonObject,
})

export const Conversation = Schema.Struct({
  /** That of its main room. */
  id: RoomId,
  kind: Schema.Literals(KINDS),
  title: Schema.optionalKey(Schema.String),
  lanes: Schema.Array(Lane),
  members: Schema.Array(UserId),
  links: Schema.Array(ConversationLink),
})

const Members = Schema.Array(UserId).check(Schema.isMaxLength(500))

/** How long people may change what they have said, and whether those to whom it is left may invite outsiders. */
const Policy = Schema.Struct({
  outsiders: Schema.optionalKey(Schema.Boolean),
  edit_within_ms: Schema.optionalKey(Schema.Natural.check(Schema.isBetween({ minimum: 1000, maximum: 2 ** 53 - 1 }))),
})

export const OpenConversation = Schema.Struct({
  kind: Schema.Literals(KINDS),
  /** What it is about: for customers, projects and missions their record. */
  record: Schema.optionalKey(RecordKey),
  title: Schema.optionalKey(shortText(255).check(Schema.isMinLength(1))),
  /** Beside the people of the record. In a personal conversation the two, or the other one where a person asks. */
  members: Schema.optionalKey(Members),
  /** In support: who wants something, and from whom. */
  requester: Schema.optionalKey(Schema.Union([UserId, RecordId])),
  queue: Schema.optionalKey(shortText(64)),
  policy: Schema.optionalKey(Policy),
})

/**
 * There is one for each pair of people, customer, project, mission, and requester with queue: asking again gives the
 * same. A group is a new one each time.
 */
export const openConversation = apiEndpoint({
  operationId: "openConversation",
  method: "POST",
  path: "/conversations",
  scope: "conversations:write",
  body: OpenConversation,
  /** With status 201 where it is new. */
  success: Schema.Struct({ id: RoomId, lanes: Schema.Array(Lane), created: Schema.Boolean }),
})

export const findConversations = apiEndpoint({
  operationId: "findConversations",
  method: "GET",
  path: "/conversations",
  scope: "conversations:read",
  query: {
    ...pageQuery,
    /** `type/id` */
    record: Schema.optionalKey(shortText(300)),
    kind: Schema.optionalKey(Schema.Literals(KINDS)),
  },
  success: page(Conversation),
})

const params = { id: RoomId }

/** What it was at a moment; messages as they were then, the newest first, but for what was erased since. */
const ConversationAsOf = Schema.Struct({
  ...Conversation.fields,
  /** The last event until the moment, and the moment. */
  at: Schema.Struct({ eventId: EventId, time: Time }),
  links: Schema.Array(
    /** The record in the version of that moment. */
    Schema.Struct({ ...ConversationLink.fields, record: Schema.optionalKey(BusinessRecord) }),
  ),
  messages: Schema.Array(
    Schema.Struct({
      eventId: EventId,
      sender: UserId,
      type: Schema.String,
      at: Time,
      content: JsonObject,
      editedAt: Schema.optionalKey(Time),
      erasedAt: Schema.optionalKey(Time),
    }),
  ),
  next: Schema.optionalKey(Schema.String),
})

/** As it is, or `at` a time or an event of it. */
export const getConversation = apiEndpoint({
  operationId: "getConversation",
  method: "GET",
  path: "/conversations/:id",
  scope: "conversations:read",
  params,
  query: { ...pageQuery, at: Schema.optionalKey(Schema.Union([Time, EventId])) },
  success: Schema.Union([ConversationAsOf, Conversation]),
})

export const openLane = apiEndpoint({
  operationId: "openConversationLane",
  method: "POST",
  path: "/conversations/:id/lanes",
  scope: "conversations:write",
  params,
  body: Schema.Struct({ name: Schema.Literals(LANES), members: Schema.optionalKey(Members) }),
  success: Lane,
})

const link = { type: RecordType, id: RecordId, roomId: RoomId }

export const putLink = apiEndpoint({
  operationId: "linkRecord",
  method: "PUT",
  path: "/records/:type/:id/links/:roomId",
  scope: "conversations:write",
  params: link,
  body: Schema.Struct({
    role: Schema.optionalKey(Schema.Literals(["primary", "related"])),
    /** Fields of the record that everyone in the conversation is told, beside its number, title, status and address. */
    disclose: Schema.optionalKey(Schema.Array(shortText(100)).check(Schema.isMaxLength(50))),
  }),
})

export const deleteLink = apiEndpoint({
  operationId: "unlinkRecord",
  method: "DELETE",
  path: "/records/:type/:id/links/:roomId",
  scope: "conversations:write",
  params: link,
})

const record = { type: RecordType, id: RecordId }

export const getRecordConversations = apiEndpoint({
  operationId: "getRecordConversations",
  method: "GET",
  path: "/records/:type/:id/conversations",
  scope: "conversations:read",
  params: record,
  success: Schema.Struct({ items: Schema.Array(Conversation) }),
})

const TimelineItem = Schema.Union([
  Schema.Struct({
    kind: Schema.Literals(["message", "call", "decision", "file"]),
    at: Time,
    roomId: RoomId,
    eventId: EventId,
    sender: UserId,
    type: Schema.String,
    content: JsonObject,
  }),
  Schema.Struct({
    kind: Schema.Literal("change"),
    at: Time,
    type: Schema.String,
    version: Schema.Natural,
    changed: Schema.Array(Schema.String),
  }),
])

/** All that was said and done about a record, across its conversations in one order, the newest first. */
export const getRecordTimeline = apiEndpoint({
  operationId: "getRecordTimeline",
  method: "GET",
  path: "/records/:type/:id/timeline",
  scope: "conversations:read",
  params: record,
  query: pageQuery,
  success: page(TimelineItem),
})

export const getMessageRecords = apiEndpoint({
  operationId: "getMessageRecords",
  method: "GET",
  path: "/messages/:eventId/records",
  scope: "conversations:read",
  params: { eventId: EventId },
  success: Schema.Struct({ items: Schema.Array(RecordKey) }),
})
