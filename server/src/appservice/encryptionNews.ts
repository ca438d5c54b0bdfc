/** What the encrypted devices of a service need, which a sync would bring to others. MSC3202, MSC4203. */
import { Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { EventEntry, ToDeviceEntry } from "../log/LogEntry.ts"
import { integers } from "../store/columns.ts"
import { DeviceViews } from "../sync/DeviceViews.ts"
import { ownsUser, type Appservice } from "./Registration.ts"
import type { RoomInterest } from "./RoomInterest.ts"
import { isEncrypted, sharesRoom } from "./sharedRooms.ts"

/** Whose devices have to be looked at again, and whose no more. */
export interface DeviceListNews {
  readonly changed: Set<UserId>
  readonly left: Set<UserId>
}

/** Who comes into an encrypted room has devices to look at; who has left the last one has them no more. */
export const noteMember = Effect.fnUntraced(function* (
  service: Appservice,
  interest: RoomInterest,
  { event, replaces, pos }: EventEntry,
  lists: DeviceListNews,
) {
  if (event.type !== "m.room.member" || event.stateKey === undefined) return
  const userId = event.stateKey as UserId
  const [was, is] = [replaces?.content["membership"] === "join", event.content["membership"] === "join"]
  if (was === is || !(yield* isEncrypted(event.roomId))) return
  if (is) lists.changed.add(userId)
  else if (!ownsUser(service, userId) && !(yield* sharesRoom(interest, userId, pos, isEncrypted)))
    lists.left.add(userId)
})

/** Messages for devices: those that still wait for their devices, with the device that each is for. */
export const shownMessages = Effect.fnUntraced(function* (messages: ReadonlyArray<ToDeviceEntry>) {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql`SELECT user_id, device_id, json FROM to_device
    WHERE pos = ANY(${integers(messages.map(({ pos }) => pos))}::bigint[]) ORDER BY pos`.pipe(Effect.orDie)
  return rows.map((row) => {
    const message = JSON.parse(String(row["json"])) as JsonObject
    return JSON.stringify({ ...message, to_user_id: String(row["user_id"]), to_device_id: String(row["device_id"]) })
  })
})

export const keyCounts = Effect.fnUntraced(function* (devices: ReadonlyMap<UserId, ReadonlySet<DeviceId>>) {
  const views = yield* DeviceViews
  const counts: Record<string, Record<string, JsonObject>> = {}
  const fallback: Record<string, Record<string, ReadonlyArray<string>>> = {}
  for (const [userId, ids] of devices) {
    for (const deviceId of ids) {
      const { keys } = yield* views.get(userId, deviceId)
      ;(counts[userId] ??= {})[deviceId] = { signed_curve25519: 0, ...keys.oneTime }
      ;(fallback[userId] ??= {})[deviceId] = keys.unusedFallback
    }
  }
  // The first two are one thing: the proposal changed its name after bridges had learnt the other.
  return [
    `"org.matrix.msc3202.device_one_time_keys_count":${JSON.stringify(counts)}`,
    `"org.matrix.msc3202.device_one_time_key_counts":${JSON.stringify(counts)}`,
    `"org.matrix.msc3202.device_unused_fallback_key_types":${JSON.stringify(fallback)}`,
  ]
})
