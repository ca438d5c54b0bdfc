/** How events and rooms are named. Spec: `rooms/v*`, "Event IDs" and, since version 12, "Room IDs". */
import type { EventId, RoomId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { referenceHash } from "./hashes.ts"
import type { RoomVersion } from "./roomVersion.ts"

export const eventIdOf = (pdu: JsonObject, version: RoomVersion): EventId =>
  (version.eventIds === "server" ? pdu["event_id"] : `$${referenceHash(pdu, version)}`) as EventId

/** The room that a create event makes: named by its hash since version 12, by itself before. */
export const roomIdOfCreate = (pdu: JsonObject, version: RoomVersion): RoomId =>
  (version.roomIdIsCreateHash ? `!${referenceHash(pdu, version)}` : pdu["room_id"]) as RoomId
