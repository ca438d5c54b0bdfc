import { Clock, Effect } from "effect"
import { KIND_RULES } from "@biz1/core/business/kinds"
import type { RecordKey } from "@biz1/core/business/links"
import { undisclosable } from "@biz1/core/business/recordType"
import { isStaff } from "@biz1/core/business/roles"
import { DEFAULT_PAGE } from "@biz1/protocol/business/api"
import * as contract from "@biz1/protocol/business/conversations"
import { Forbidden, InvalidParam, NotFound, Unfitting } from "@biz1/protocol/errors"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import { Content, handler } from "../../http/Handler.ts"
import { membershipOf, RoomViews } from "../../sync/RoomViews.ts"
import { type Caller, checkPermission } from "../api/Caller.ts"
import { cursorOf, readCursor } from "../api/cursor.ts"
import { Customers } from "../customers/Customers.ts"
import { Records } from "../records/Records.ts"
import { Roles } from "../roles/Roles.ts"
import { RecordTypes } from "../types/RecordTypes.ts"
import { conversationAt } from "./asOf.ts"
import { BusinessConversations } from "./BusinessConversations.ts"
import { type Conversation, ConversationStore } from "./ConversationStore.ts"
import { Links } from "./Links.ts"
import { linkTo, type Opening, subjectOf } from "./opening.ts"
import { mayRead, notHere } from "./reading.ts"
import { timelineOf } from "./timeline.ts"

const invalid = (field: string, error: string) => new InvalidParam({ error, field })

/** The record, for a conversation to be about. */
const subjectFor = Effect.fnUntraced(function* (key: RecordKey | undefined, field: string) {
  if (key === undefined) return undefined
  const record = yield* (yield* Records).find(yield* (yield* Customers).current(key))
  if (record === undefined) return yield* invalid(field, `There is no record ${key.type}/${key.id}`)
  return subjectOf(record)
})

/** All names of a customer; a user has their own alone. */
const namesOf = Effect.fnUntraced(function* (requester: string) {
  return requester.startsWith("@") ? [requester] : yield* (yield* Customers).namesOf(requester)
})

/** What is asked for, with the person who asks among its members. */
const openingOf = Effect.fnUntraced(function* (
  body: typeof contract.OpenConversation.Type,
  caller: Caller,
): Effect.fn.Return<Opening, InvalidParam, Customers | Records> {
  const { kind, policy } = body
  const asker = caller.kind === "user" ? [caller.userId] : []
  const members = [...new Set([...asker, ...(body.members ?? [])])]
  const subject = yield* subjectFor(body.record, "record")
  const { about } = KIND_RULES[kind]
  if (about !== undefined && subject?.type !== about) {
    return yield* invalid("record", `A conversation of the kind ${kind} is about a record of the type ${about}`)
  }
  switch (kind) {
    case "personal":
    case "assistant": {
      const [one, other] = members
      if (one === undefined || other === undefined || members.length > 2) {
        return yield* invalid("members", "This conversation is between two")
      }
      return kind === "personal" ? { kind, between: [one, other] } : { kind, user: one, assistant: other }
    }
    case "group":
      if (body.title === undefined) return yield* invalid("title", "A group needs a title")
      return { kind, title: body.title, members, subject, policy }
    case "support": {
      const { requester = asker[0], queue = "general" } = body
      if (requester === undefined) return yield* invalid("requester", "Say who wants something")
      const [name, ...otherNames] = yield* namesOf(requester)
      const title = body.title ?? subject?.title ?? "Support"
      return { kind, requester: name ?? requester, otherNames, queue, title, members, subject, policy }
    }
    case "mission": {
      const record = yield* (yield* Records).find(subject!)
      const parent = record?.body.parent
      const project = parent?.type === "project" ? yield* subjectFor(parent, "record") : undefined
      return { kind, subject: subject!, project, members: body.members ?? [], policy }
    }
    default: {
      const otherNames = kind === "customer" ? (yield* namesOf(subject!.id)).slice(1) : []
      return { kind, subject: subject!, otherNames, members: body.members ?? [], policy }
    }
  }
})

/** Among staff anybody may be put in; from outside those alone whom the caller may invite. */
const checkMembers = Effect.fnUntraced(function* (caller: Caller, members: ReadonlyArray<UserId>) {
  const { personOf } = yield* Roles
  const outsiders = members.filter((userId) => !isStaff(personOf(userId)))
  if (outsiders.length > 0) yield* checkPermission(caller, "inviteOutsiders", { policy: true })
})

export const openConversation = handler(
  contract.openConversation,
  Effect.fnUntraced(function* ({ body, caller }) {
    yield* checkPermission(caller, "converse")
    yield* checkMembers(caller, body.members ?? [])
    const opening = yield* openingOf(body, caller)
    const { roomId, lanes, created } = yield* (yield* BusinessConversations).open(opening)
    const answer = Buffer.from(JSON.stringify({ id: roomId, lanes, created }))
    return new Content({ "content-type": "application/json" }, answer, created ? 201 : 200)
  }),
)

const described = Effect.fnUntraced(function* (caller: Caller, conversation: Conversation) {
  const room = yield* (yield* RoomViews).get(conversation.roomId)
  const { serviceUser } = yield* BusinessConversations
  const lanes = yield* (yield* ConversationStore).lanesOf(conversation.roomId)
  const seen = yield* Effect.filter(lanes, ({ roomId }) => mayRead(caller, roomId))
  const { of } = yield* Links
  const members =
    room === undefined ? [] : [...room.state.ofType("m.room.member").keys()].map((userId) => userId as UserId)
  const name = room?.state.get("m.room.name", "")?.content["name"]
  return {
    id: conversation.roomId,
    kind: conversation.kind,
    ...(typeof name === "string" ? { title: name } : {}),
    lanes: seen,
    members: members.filter((userId) => userId !== serviceUser && membershipOf(room!, userId) === "join"),
    links: room === undefined ? [] : of(room),
  }
})

export const getConversation = handler(
  contract.getConversation,
  Effect.fnUntraced(function* ({ params: { id }, query: { at, after, limit }, caller }) {
    const found = yield* (yield* ConversationStore).find(id)
    if (found === undefined || !(yield* mayRead(caller, id))) return yield* notHere()
    if (at === undefined) return yield* described(caller, found)
    const { serviceUser } = yield* BusinessConversations
    const cursor = yield* readCursor(after, 1)
    const moment = at.startsWith("$") ? { eventId: at as EventId } : { ts: Date.parse(at) }
    const options = { caller, serviceUser, before: cursor?.[0], limit: limit ?? DEFAULT_PAGE }
    const { view, next } = yield* conversationAt(found, moment, options)
    return { ...view, ...(next === undefined ? {} : { next: cursorOf([next]) }) }
  }),
)

export const findConversations = handler(
  contract.findConversations,
  Effect.fnUntraced(function* ({ query, caller }) {
    const slash = query.record?.indexOf("/") ?? -1
    if (query.record !== undefined && slash < 1) return yield* invalid("record", "A record is named as type/id")
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    const found = yield* (yield* ConversationStore).search({
      record:
        query.record === undefined
          ? undefined
          : { type: query.record.slice(0, slash), id: query.record.slice(slash + 1) },
      kind: query.kind,
      member: caller.kind === "user" ? caller.userId : undefined,
      before: cursor?.[0],
      limit,
    })
    return {
      items: yield* Effect.forEach(found, (one) => described(caller, one)),
      ...(found.length < limit ? {} : { next: cursorOf([found.at(-1)!.pos]) }),
    }
  }),
)

export const openLane = handler(
  contract.openLane,
  Effect.fnUntraced(function* ({ params: { id }, body, caller }) {
    const found = yield* (yield* ConversationStore).find(id)
    if (found === undefined || found.mainRoom !== undefined || !(yield* mayRead(caller, id))) return yield* notHere()
    if (found.open) return yield* new Forbidden({ error: "A room that people made themselves has no lanes" })
    yield* checkPermission(caller, "converse")
    yield* checkMembers(caller, body.members ?? [])
    const asker = caller.kind === "user" ? [caller.userId] : []
    const members = [...new Set([...asker, ...(body.members ?? [])])]
    return { name: body.name, roomId: yield* (yield* BusinessConversations).openLane(body.name, id, members) }
  }),
)

const linkable = Effect.fnUntraced(function* (caller: Caller, roomId: RoomId) {
  const found = yield* (yield* ConversationStore).find(roomId)
  if (found === undefined || !(yield* mayRead(caller, roomId))) return yield* notHere()
  yield* checkPermission(caller, "link", { member: true })
})

export const putLink = handler(
  contract.putLink,
  Effect.fnUntraced(function* ({ params: { type, id, roomId }, body, caller }) {
    yield* linkable(caller, roomId)
    const record = yield* (yield* Records).find(yield* (yield* Customers).current({ type, id }))
    if (record === undefined) return yield* new NotFound({ error: `There is no record ${type}/${id}` })
    const registered = (yield* (yield* RecordTypes).find([type])).get(type)
    const secret = registered && undisclosable(registered, body.disclose ?? [])
    if (secret !== undefined) {
      return yield* new Unfitting({ error: `${secret} is not to be told in conversations`, field: "disclose" })
    }
    const since = yield* Clock.currentTimeMillis
    const link = linkTo(subjectOf(record), body.role ?? "related", since, undefined, body.disclose)
    yield* (yield* Links).put(roomId, link, caller.kind === "user" ? caller.userId : undefined)
    return {}
  }),
)

export const deleteLink = handler(
  contract.deleteLink,
  Effect.fnUntraced(function* ({ params: { type, id, roomId }, caller }) {
    yield* linkable(caller, roomId)
    yield* (yield* Links).remove(roomId, yield* (yield* Customers).current({ type, id }))
    return {}
  }),
)

export const getRecordConversations = handler(
  contract.getRecordConversations,
  Effect.fnUntraced(function* ({ params, caller }) {
    const member = caller.kind === "user" ? caller.userId : undefined
    const found = yield* (yield* ConversationStore).search({ record: params, member, limit: 200 })
    return { items: yield* Effect.forEach(found, (one) => described(caller, one)) }
  }),
)

export const getRecordTimeline = handler(
  contract.getRecordTimeline,
  Effect.fnUntraced(function* ({ params, query, caller }) {
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    const { items, next } = yield* timelineOf(params, { caller, before: cursor?.[0], limit })
    return { items, ...(next === undefined ? {} : { next: cursorOf([next]) }) }
  }),
)

export const getMessageRecords = handler(
  contract.getMessageRecords,
  Effect.fnUntraced(function* ({ params: { eventId }, caller }) {
    const found = yield* (yield* ConversationStore).contextOf(eventId)
    if (found === undefined || !(yield* mayRead(caller, found.roomId))) {
      return yield* new NotFound({ error: "There is no such message, or you are not in its conversation" })
    }
    return { items: found.records }
  }),
)
