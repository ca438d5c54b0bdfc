/** A room as the strip, the header and the badges know it. */
import { EventType, KnownMembership, type MatrixClient, NotificationCountType, type Room } from "matrix-js-sdk"
import type { Conversation, Person } from "./model.ts"
import { isRefused } from "./outbox.ts"
import { personIn } from "./people.ts"
import { type FindQuoted, lastMessage } from "./timeline.ts"

/** @returns nothing for a room that the reader is not in or invited to. */
export const summarise = (
  room: Room,
  me: string,
  directs: ReadonlyMap<string, string>,
  typing: ReadonlyArray<Person>,
  findQuoted: FindQuoted,
): Conversation | undefined => {
  const membership = room.getMyMembership()
  if (membership !== KnownMembership.Join && membership !== KnownMembership.Invite) return undefined

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
    membership,
    other,
    inviter,
    memberCount: room.getInvitedAndJoinedMemberCount(),
    notifications: room.getUnreadNotificationCount(NotificationCountType.Total),
    mentions: room.getUnreadNotificationCount(NotificationCountType.Highlight),
    unseen: last !== undefined && !last.own && last.body.kind !== "change" && !room.hasUserReadEvent(me, last.id),
    pinned: "m.favourite" in room.tags,
    lastAt: last?.at ?? room.getMember(me)?.events.member?.getTs() ?? 0,
    last,
    failed: room.getPendingEvents().some(isRefused),
    typing,
    maySend: room.maySendMessage(),
  }
}

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
