/** What the log holds: everything durable that a client may sync, each entry at a position of its own. */
import type { Identity } from "@biz1/core/business/identity"
import type { RecordKey } from "@biz1/core/business/links"
import type { Event } from "@biz1/core/Event"
import type { RecordBody } from "@biz1/protocol/business/records"
import type { DeviceId, EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"

/** An event with its place in its room and in the room's state. */
export interface PlacedEvent {
  readonly kind: "event"
  readonly event: Event
  /** Canonical JSON of the PDU, as hashed and signed. */
  readonly json: string
  /** Counts the room's events from 1 in the order of its actor. */
  readonly roomSeq: number
  /** The state after this event; named by the `roomSeq` of the event that made it. */
  readonly stateGroup: number
  /** Whether the event became the room's current state for its type and state key. */
  readonly current: boolean
  /** The sending device, event type and transaction id, as one opaque text (`conversation/txn.ts`). */
  readonly txn: string | undefined
  readonly redactedBy: EventId | undefined
  /** The event whose content this one, a permitted redaction, takes away. */
  readonly applies: EventId | undefined
  /** On state events: what stood there before. */
  readonly replaces: { readonly eventId: EventId; readonly sender: UserId; readonly content: JsonObject } | undefined
}

/** A placed event with what its commit changes beside it. */
export interface EventWrite extends PlacedEvent {
  /** On state events: what the new group holds, as a change of `base`, or whole where there is none. */
  readonly newGroup:
    | {
        readonly base: number | undefined
        readonly entries: ReadonlyArray<readonly [type: string, stateKey: string, EventId]>
      }
    | undefined
  /** The room's forward extremities after this event, where they are more than the event itself. */
  readonly extremities: ReadonlyArray<EventId> | undefined
  /** The version of the room that this event creates. */
  readonly createsRoom: string | undefined
  /** On create events: what there may be only one room for. */
  readonly uniqueKey: string | undefined
  /** The business records that a message is about. */
  readonly records: ReadonlyArray<RecordKey>
}

export interface ReceiptWrite {
  readonly kind: "receipt"
  readonly roomId: RoomId
  readonly userId: UserId
  readonly receiptType: string
  /** Empty for an unthreaded receipt. */
  readonly threadId: string
  readonly eventId: EventId
  readonly eventPos: number
  readonly ts: number
}

export interface AccountDataWrite {
  readonly kind: "accountData"
  readonly userId: UserId
  /** Empty for the whole account. */
  readonly roomId: RoomId | ""
  readonly type: string
  readonly content: JsonObject
}

/** A message for one device. Spec: "Send-to-Device messaging". */
export interface ToDeviceWrite {
  readonly kind: "toDevice"
  readonly userId: UserId
  readonly deviceId: DeviceId
  /** `{ sender, type, content }` as the device will get it. */
  readonly json: string
  /** On one message of a request: its transaction, so that a repeat sends nothing. */
  readonly txn: string | undefined
}

/** Something changed in a user's devices or keys. */
export interface DeviceListChange {
  readonly kind: "deviceList"
  readonly userId: UserId
  /** Empty where everyone sees it; else the one who does. */
  readonly seenBy: UserId | ""
}

/** With what changed, written in the same commit as the news of it. */
export interface DeviceListWrite extends DeviceListChange {
  readonly deviceKeys?: { readonly deviceId: DeviceId; readonly json: string }
  /** Devices that are gone, with all their keys and messages. */
  readonly removed?: ReadonlyArray<DeviceId>
  readonly crossSigning?: ReadonlyArray<{ readonly usage: string; readonly json: string }>
  readonly signatures?: ReadonlyArray<{
    readonly targetKey: string
    readonly signer: UserId
    readonly signingKey: string
    readonly signature: string
  }>
}

/** The number of keys that others may claim from a device changed. */
export interface KeyCountWrite {
  readonly kind: "keyCount"
  readonly userId: UserId
  readonly deviceId: DeviceId
}

/** A version of a business record, accepted. */
export interface RecordWrite {
  readonly type: string
  readonly id: string
  /** Counts the record's accepted versions from 1. */
  readonly seq: number
  readonly body: RecordBody
  /** Milliseconds since 1970. */
  readonly updatedTs: number
  readonly deletedTs: number | undefined
}

/** A change of who a customer is. */
export interface CustomerWrite {
  /** The customers that it is about, with the count of their changes: of two changes at once one comes too late. */
  readonly turns: ReadonlyArray<{ readonly customer: string; readonly seq: number }>
  readonly change:
    | ({ readonly kind: "identity"; readonly customer: string } & Identity)
    | ({ readonly kind: "noIdentity" } & Identity)
    | { readonly kind: "merge"; readonly winner: string; readonly loser: string }
    | { readonly kind: "undo"; readonly merge: number }
}

/** Something of the business happened that is no event of a room. */
export interface BusinessNews {
  readonly kind: "business"
  /** As other systems are told of it, `record.updated`. */
  readonly type: string
  /** What it is about, `record/invoice/1042`. */
  readonly subject: string
  readonly data: JsonObject
  /** What brought it about: a request, a rule, an event. */
  readonly cause: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

/** With the record or the customers that it changes, written in the same commit. */
export interface BusinessWrite extends BusinessNews {
  readonly record?: RecordWrite
  readonly customers?: CustomerWrite
}

export type Write =
  | EventWrite
  | ReceiptWrite
  | AccountDataWrite
  | ToDeviceWrite
  | DeviceListWrite
  | KeyCountWrite
  | BusinessWrite
export type EventEntry = PlacedEvent & { readonly pos: number }
export type ReceiptEntry = ReceiptWrite & { readonly pos: number }
export type AccountDataEntry = AccountDataWrite & { readonly pos: number }
export type ToDeviceEntry = Omit<ToDeviceWrite, "txn" | "json"> & { readonly pos: number }
export type DeviceListEntry = DeviceListChange & { readonly pos: number }
export type KeyCountEntry = KeyCountWrite & { readonly pos: number }
/** A write at its position. */
export type BusinessEntry = BusinessNews & { readonly pos: number }
export type LogEntry =
  | EventEntry
  | ReceiptEntry
  | AccountDataEntry
  | ToDeviceEntry
  | DeviceListEntry
  | KeyCountEntry
  | BusinessEntry

/** Entries that one commit made: positions `first` to `last` without a gap; those since overwritten are left out. */
export interface LogBatch {
  readonly first: number
  readonly last: number
  readonly entries: ReadonlyArray<LogEntry>
}

/** The room that an entry is about; empty where it is about a user. */
export const roomOf = (entry: LogEntry): RoomId | "" =>
  entry.kind === "event" ? entry.event.roomId : "roomId" in entry ? entry.roomId : ""
