/** A room as the strip, the header and the badges know it. */
import { CONVERSATION, LANE, RECORDS, SERVICE_MEMBERS } from "@biz1/protocol/business/names"
import { EventType, KnownMembership, type MatrixClient, NotificationCountType, type Room } from "matrix-js-sdk"
import { alertsOf } from "./alerts.ts"
import type { Conversation, Person } from "./model.ts"
import { isRefused } from "./outbox.ts"
import { personIn } from "./people.ts"
import { isMarkedUnread } from "./roomActions.ts"
import { readPurpose, readRecords } from "./traits.ts"
import { type FindQuoted, lastMessage } from "./timeline.ts"

/** @returns nothing for a room that the reader is not in or invited to, and for one that only holds others. */
export const summarise = (
  room: Room,
  me: string,
  directs: ReadonlyMap<string, string>,
  typing: ReadonlyArray<Person>,
  findQuoted: FindQuoted,
): Conversation | undefined => {
  const membership = room.getMyMembership()
  if (membership !== KnownMembership.Join && membership !== KnownMembership.Invite) return undefined
  if (room.isSpaceRoom()) return undefined

  const inviterId = membership === KnownMembership.Invite ? room.getMember(me)?.events.member?.getSender() : undefined
  const inviter = inviterId === undefined ? undefined : personIn(room, inviterId)
  const other = directs.get(room.roomId) ?? room.getDMInviter()
  const otherPerson = other === undefined ? undefined : personIn(room, other)
  const last = lastMessage(room, me, findQuoted)
  return {
    id: room.roomId,
    name: explicitName(room) ?? otherPerson?.name ?? withoutIds(room.name),
    topic: room.currentState.getStateEvents("m.room.topic", "")?.getContent().topic,
    avatar: room.getMxcAvatarUrl() ?? otherPerson?.avatar,
    kind: other === undefined ? "group" : "personal",
    purpose: readPurpose(contentOf(room, CONVERSATION), contentOf(room, LANE)),
    laneOf: laneOf(contentOf(room, LANE)),
    records: readRecords(room.currentState.getStateEvents(RECORDS).map((event) => event.getContent())),
    membership,
    other,
    inviter,
    memberCount: room.getInvitedAndJoinedMemberCount() - serviceMembers(room),
    notifications: room.getUnreadNotificationCount(NotificationCountType.Total),
    mentions: room.getUnreadNotificationCount(NotificationCountType.Highlight),
    unseen: last !== undefined && !last.own && last.body.kind !== "change" && !room.hasUserReadEvent(me, last.id),
    markedUnread: isMarkedUnread(room),
    alerts: alertsOf(room.client, room.roomId),
    pinned: "m.favourite" in room.tags,
    lastAt: last?.at ?? room.getMember(me)?.events.member?.getTs() ?? 0,
    last,
    failed: room.getPendingEvents().some(isRefused),
    typing,
    maySend: room.maySendMessage(),
  }
}

const contentOf = (room: Room, type: string): Readonly<Record<string, unknown>> | undefined =>
  room.currentState.getStateEvents(type, "")?.getContent()

const laneOf = (lane: Readonly<Record<string, unknown>> | undefined) =>
  typeof lane?.["of"] === "string" ? lane["of"] : undefined

/** Members that are part of the service and nobody to talk to. */
export const serviceIds = (room: Room): ReadonlyArray<string> => {
  const ids: unknown = contentOf(room, SERVICE_MEMBERS)?.["service_members"]
  return Array.isArray(ids) ? ids.map(String) : []
}

// One whose membership has not been loaded is there: the room says so.
const serviceMembers = (room: Room) =>
  serviceIds(room).filter((id) => (room.getMember(id)?.membership ?? KnownMembership.Join) === KnownMembership.Join)
    .length

const explicitName = (room: Room): string | undefined => {
  const name: unknown = room.currentState.getStateEvents("m.room.name", "")?.getContent().name
  return typeof name === "string" && name !== "" ? name : undefined
}

/** The SDK names an unnamed room after its members, by their IDs where they have no display name. */
const withoutIds = (name: string) => name.replace(/@([^:\s]+):[^\s,)]+/g, "$1")

/** Personal conversations by room, from the `m.direct` account data, which goes by person. */
export const readDirects = (client: MatrixClient): ReadonlyMap<string, string> => {
  const content: Readonly<Record<string, ReadonlyArray<string>>> =
    client.getAccountData(EventType.Direct)?.getContent() ?? {}
  return new Map(Object.entries(content).flatMap(([userId, rooms]) => rooms.map((room) => [room, userId] as const)))
}
