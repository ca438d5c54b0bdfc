/**
 * What one service is told of a stretch of the log, as the body of a transaction: events, what is true for a moment, and
 * what its encrypted devices need. Spec: application service API, "Pushing events".
 */
import { Clock, Effect } from "effect"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import type { EventEntry, LogEntry, ReceiptEntry, ToDeviceEntry } from "../log/LogEntry.ts"
import { showEvent } from "../sync/clientEvent.ts"
import { membershipOf, RoomViews } from "../sync/RoomViews.ts"
import { strippedState } from "../sync/strippedState.ts"
import { keyCounts, noteMember, shownMessages, type DeviceListNews } from "./encryptionNews.ts"
import { passingEvents, shownReceipts } from "./ephemeralEvents.ts"
import { noDevice } from "./Masquerade.ts"
import { ownsUser, type Appservice } from "./Registration.ts"
import type { RoomInterest } from "./RoomInterest.ts"
import { isEncrypted, sharesRoom } from "./sharedRooms.ts"

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

/** What was found in the log. */
interface Told {
  readonly events: Array<string>
  readonly receipts: Array<ReceiptEntry>
  readonly messages: Array<ToDeviceEntry>
  /** Those whose keys are counted. */
  readonly devices: Map<UserId, Set<DeviceId>>
  readonly lists: DeviceListNews
}

export const gather = Effect.fnUntraced(function* (service: Appservice, interest: RoomInterest, stretch: Stretch) {
  const nowMs = yield* Clock.currentTimeMillis
  const told: Told = {
    events: [],
    receipts: [],
    messages: [],
    devices: new Map(),
    lists: { changed: new Set(), left: new Set() },
  }
  const upTo = yield* goThrough(service, interest, stretch, told, nowMs)
  const passing = yield* passingEvents(service, interest, stretch.ephemeralSince, upTo, nowMs)
  const ephemeral = [...shownReceipts(told.receipts), ...passing.shown]
  const encryption = yield* encryptionParts(told)
  const gathered: Gathered = {
    body:
      told.events.length + ephemeral.length + encryption.length === 0
        ? undefined
        : bodyOf(service, told.events, ephemeral, encryption),
    upTo,
    ephemeralUpTo: passing.upTo,
  }
  return gathered
})

/** Takes what concerns the service until there is enough; gives the position up to which it looked. */
const goThrough = Effect.fnUntraced(function* (
  service: Appservice,
  interest: RoomInterest,
  { entries, upTo }: Stretch,
  { events, receipts, messages, devices, lists }: Told,
  nowMs: number,
) {
  const reader = { userId: service.sender, deviceId: noDevice, nowMs }
  let bytes = 0
  for (const entry of entries) {
    if (entry.kind === "event") {
      if (!(yield* interest.concerns(entry))) continue
      const inviteState = yield* inviteStateFor(service, entry)
      const event = showEvent(entry, reader, { roomId: entry.event.roomId, inviteState })
      events.push(event)
      bytes += event.length
      if (service.receivesEncryption) yield* noteMember(service, interest, entry, lists)
    } else if (entry.kind === "receipt") {
      const isTold = entry.receiptType !== "m.read.private" || ownsUser(service, entry.userId)
      if (!service.receivesEphemeral || !isTold) continue
      if (yield* interest.concernsRoom(entry.roomId, entry.pos)) receipts.push(entry)
    } else if (entry.kind !== "business" && service.receivesEncryption) {
      const own = ownsUser(service, entry.userId)
      if (entry.kind === "deviceList") {
        const seen = own || (entry.seenBy === "" && (yield* sharesRoom(interest, entry.userId, entry.pos, isEncrypted)))
        if (seen) lists.changed.add(entry.userId)
      } else if (own && entry.kind !== "accountData") {
        if (entry.kind === "toDevice") messages.push(entry)
        devices.set(entry.userId, (devices.get(entry.userId) ?? new Set()).add(entry.deviceId))
      }
    }
    const items = events.length + receipts.length + messages.length + devices.size + lists.changed.size
    if (items >= maxItems || bytes >= maxBytes) return entry.pos
  }
  return upTo
})

/** Names and values of a JSON object, where there are any. */
const encryptionParts = Effect.fnUntraced(function* ({ messages, lists, devices }: Told) {
  const parts: Array<string> = []
  const toDevice = messages.length === 0 ? [] : yield* shownMessages(messages)
  if (toDevice.length > 0) parts.push(`"de.sorunome.msc2409.to_device":[${toDevice.join(",")}]`)
  if (lists.changed.size + lists.left.size > 0) {
    const both = JSON.stringify({ changed: [...lists.changed], left: [...lists.left] })
    parts.push(`"org.matrix.msc3202.device_lists":${both}`)
  }
  if (devices.size > 0) parts.push(...(yield* keyCounts(devices)))
  return parts
})

const bodyOf = (
  { receivesEphemeral }: Appservice,
  events: ReadonlyArray<string>,
  ephemeral: ReadonlyArray<string>,
  encryption: ReadonlyArray<string>,
) => {
  const list = `[${ephemeral.join(",")}]`
  // Bridges from before v1.13 look under the proposal's name.
  const both = receivesEphemeral ? [`"ephemeral":${list}`, `"de.sorunome.msc2409.ephemeral":${list}`] : []
  return `{${[`"events":[${events.join(",")}]`, ...both, ...encryption].join(",")}}`
}

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
