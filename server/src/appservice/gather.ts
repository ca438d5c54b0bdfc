/**
 * What one service is told of a stretch of the log, as the body of a transaction: events, what is true for a moment, and
 * what its encrypted devices need. Spec: application service API, "Pushing events", "Pushing EDUs"; MSC3202, MSC4203.
 */
import { Clock, Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { DeviceId, RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { EventEntry, LogEntry, ReceiptEntry, ToDeviceEntry } from "../log/LogEntry.ts"
import { integers } from "../store/columns.ts"
import { showEvent } from "../sync/clientEvent.ts"
import { DeviceViews } from "../sync/DeviceViews.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { membershipOf, RoomViews } from "../sync/RoomViews.ts"
import { strippedState } from "../sync/strippedState.ts"
import { showPresence } from "../sync/Sync.ts"
import { UserViews } from "../sync/UserViews.ts"
import { noDevice } from "./Masquerade.ts"
import { ownsUser, type Appservice } from "./Registration.ts"
import type { RoomInterest } from "./RoomInterest.ts"

/** Of everything together that one transaction tells. */
const maxItems = 100
/** Events are up to 64 KiB each; what a service reads in one body stays well below what they all allow. */
const maxBytes = 4 * 1024 * 1024

/** A stretch of the log and of the counter of what is not in it. */
export interface Stretch {
  readonly entries: ReadonlyArray<LogEntry>
  readonly upTo: number
  readonly ephemeralSince: number
}

export interface Gathered {
  /** Undefined where there is nothing to tell. */
  readonly body: string | undefined
  /** Up to where the log was gone through, and the counter. */
  readonly upTo: number
  readonly ephemeralUpTo: number
}

export const gather = Effect.fnUntraced(function* (service: Appservice, interest: RoomInterest, stretch: Stretch) {
  const nowMs = yield* Clock.currentTimeMillis
  const reader = { userId: service.sender, deviceId: noDevice, nowMs }
  const events: Array<string> = []
  const receipts: Array<ReceiptEntry> = []
  const messages: Array<ToDeviceEntry> = []
  const devices = new Map<UserId, Set<DeviceId>>()
  const lists = { changed: new Set<UserId>(), left: new Set<UserId>() }
  let upTo = stretch.upTo
  let bytes = 0

  for (const entry of stretch.entries) {
    if (entry.kind === "event") {
      if (yield* interest.concerns(entry)) {
        const inviteState = yield* inviteStateFor(service, entry)
        const event = showEvent(entry, reader, { roomId: entry.event.roomId, inviteState })
        events.push(event)
        bytes += event.length
        if (service.receivesEncryption) yield* noteMember(service, interest, entry.event, entry.pos, lists)
      }
    } else if (entry.kind === "receipt" && service.receivesEphemeral) {
      const isTold = entry.receiptType !== "m.read.private" || ownsUser(service, entry.userId)
      if (isTold && (yield* interest.concernsRoom(entry.roomId, entry.pos))) receipts.push(entry)
    } else if (service.receivesEncryption && entry.kind !== "receipt" && ownsUser(service, entry.userId)) {
      if (entry.kind === "deviceList") lists.changed.add(entry.userId)
      if (entry.kind === "toDevice") messages.push(entry)
      if (entry.kind === "toDevice" || entry.kind === "keyCount") {
        devices.set(entry.userId, (devices.get(entry.userId) ?? new Set()).add(entry.deviceId))
      }
    } else if (service.receivesEncryption && entry.kind === "deviceList" && entry.seenBy === "") {
      if (yield* sharesRoom(interest, entry.userId, entry.pos)) lists.changed.add(entry.userId)
    }
    const items = events.length + receipts.length + messages.length + devices.size + lists.changed.size
    if (items >= maxItems || bytes >= maxBytes) {
      upTo = entry.pos
      break
    }
  }

  const passing = yield* passingEvents(service, interest, stretch.ephemeralSince, upTo, nowMs)
  const ephemeral = [...shownReceipts(receipts), ...passing.shown]
  const parts: Array<string> = [`"events":[${events.join(",")}]`]
  if (service.receivesEphemeral) {
    const list = `[${ephemeral.join(",")}]`
    parts.push(`"ephemeral":${list}`, `"de.sorunome.msc2409.ephemeral":${list}`)
  }
  const toDevice = messages.length === 0 ? [] : yield* shownMessages(messages)
  if (toDevice.length > 0) parts.push(`"de.sorunome.msc2409.to_device":[${toDevice.join(",")}]`)
  if (lists.changed.size + lists.left.size > 0) {
    const both = JSON.stringify({ changed: [...lists.changed], left: [...lists.left] })
    parts.push(`"org.matrix.msc3202.device_lists":${both}`)
  }
  if (devices.size > 0) parts.push(...(yield* keyCounts(devices)))
  const told = events.length + ephemeral.length + toDevice.length + lists.changed.size + lists.left.size + devices.size
  const gathered: Gathered = {
    body: told === 0 ? undefined : `{${parts.join(",")}}`,
    upTo,
    ephemeralUpTo: passing.upTo,
  }
  return gathered
})

/** An invited user is in no position to ask about the room: their service is told what a sync would tell. */
const inviteStateFor = Effect.fnUntraced(function* (service: Appservice, { event }: EventEntry) {
  if (event.type !== "m.room.member" || event.content["membership"] !== "invite") return undefined
  const invited = event.stateKey as UserId
  if (!ownsUser(service, invited)) return undefined
  const room = yield* (yield* RoomViews).get(event.roomId)
  return room !== undefined && membershipOf(room, invited) === "invite"
    ? strippedState(room, invited).join(",")
    : undefined
})

/** Whether someone is in any room that concerns the service. */
const sharesRoom = Effect.fnUntraced(function* (interest: RoomInterest, userId: UserId, position: number) {
  for (const [roomId, { membership }] of (yield* (yield* UserViews).get(userId)).rooms) {
    if (membership === "join" && (yield* interest.concernsRoom(roomId, position))) return true
  }
  return false
})

/** Who comes into a room that concerns the service has devices to look at, who has left its rooms has them no more. */
const noteMember = Effect.fnUntraced(function* (
  service: Appservice,
  interest: RoomInterest,
  { type, stateKey, content }: { readonly type: string; readonly stateKey: string | undefined; content: JsonObject },
  position: number,
  lists: { readonly changed: Set<UserId>; readonly left: Set<UserId> },
) {
  if (type !== "m.room.member" || stateKey === undefined) return
  const userId = stateKey as UserId
  if (content["membership"] === "join") lists.changed.add(userId)
  else if (!ownsUser(service, userId) && !(yield* sharesRoom(interest, userId, position))) lists.left.add(userId)
})

/** One event for each room. */
const shownReceipts = (receipts: ReadonlyArray<ReceiptEntry>) =>
  [...Map.groupBy(receipts, ({ roomId }) => roomId)].map(([roomId, ofRoom]) => {
    const content: Record<string, Record<string, Record<string, JsonObject>>> = {}
    for (const { eventId, receiptType, userId, ts, threadId } of ofRoom) {
      const users = ((content[eventId] ??= {})[receiptType] ??= {})
      users[userId] = threadId === "" ? { ts } : { ts, thread_id: threadId }
    }
    return JSON.stringify({ type: "m.receipt", room_id: roomId, content })
  })

/** Who types and who is there, in the order in which it came about. */
const passingEvents = Effect.fnUntraced(function* (
  service: Appservice,
  interest: RoomInterest,
  since: number,
  position: number,
  nowMs: number,
) {
  const live = yield* Ephemeral
  const counter = live.counter()
  if (!service.receivesEphemeral || counter <= since) return { shown: [], upTo: counter }
  const changes: Array<{
    readonly changed: number
    readonly show: Effect.Effect<string | undefined, never, UserViews>
  }> = []
  for (const [roomId, userIds, changed] of live.typingChanges(since)) {
    changes.push({
      changed,
      show: Effect.map(interest.concernsRoom(roomId, position), (concerned) =>
        concerned ? showTyping(roomId, userIds) : undefined,
      ),
    })
  }
  for (const [userId, presence] of live.presenceChanges(since)) {
    const concerned = ownsUser(service, userId) ? Effect.succeed(true) : sharesRoom(interest, userId, position)
    changes.push({
      changed: presence.changed,
      show: Effect.map(concerned, (is) => (is ? showPresence(userId, presence, nowMs) : undefined)),
    })
  }
  changes.sort((a, b) => a.changed - b.changed)
  const shown: Array<string> = []
  for (const { changed, show } of changes) {
    const event = yield* show
    if (event !== undefined) shown.push(event)
    if (shown.length >= maxItems) return { shown, upTo: changed }
  }
  return { shown, upTo: counter }
})

const showTyping = (roomId: RoomId, userIds: ReadonlyArray<UserId>) =>
  JSON.stringify({ type: "m.typing", room_id: roomId, content: { user_ids: userIds } })

/** Those that still wait for their devices, with the device that each is for. */
const shownMessages = Effect.fnUntraced(function* (messages: ReadonlyArray<ToDeviceEntry>) {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql`SELECT user_id, device_id, json FROM to_device
    WHERE pos = ANY(${integers(messages.map(({ pos }) => pos))}::bigint[]) ORDER BY pos`.pipe(Effect.orDie)
  return rows.map((row) => {
    const message = JSON.parse(String(row["json"])) as JsonObject
    return JSON.stringify({ ...message, to_user_id: String(row["user_id"]), to_device_id: String(row["device_id"]) })
  })
})

const keyCounts = Effect.fnUntraced(function* (devices: ReadonlyMap<UserId, ReadonlySet<DeviceId>>) {
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
