/**
 * Events as clients see them. The part that is the same for everyone is written once for each event and shared; what
 * depends on the reader is appended. Spec: client-server API, "Room event format" and "Unsigned data".
 */
import type { DeviceId, EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { SeenEntry, SeenEvent } from "./SeenEvent.ts"

/** Who reads, for what only they may see. */
export interface Reader {
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly nowMs: number
}

const shared = new WeakMap<object, string>()

interface Shown {
  readonly eventId: EventId
  readonly type: string
  readonly sender: UserId
  readonly stateKey: string | undefined
  readonly originServerTs: number
  readonly content: JsonObject
}

/** The event's JSON without its last brace. */
const sharedForm = (event: Shown, redacts: EventId | undefined): string => {
  let form = shared.get(event)
  if (form === undefined) {
    const { eventId, type, sender, stateKey, originServerTs, content } = event
    form = `{"type":${JSON.stringify(type)},"sender":${JSON.stringify(sender)},"content":${JSON.stringify(content)},"event_id":${JSON.stringify(eventId)},"origin_server_ts":${originServerTs}`
    if (stateKey !== undefined) form += `,"state_key":${JSON.stringify(stateKey)}`
    if (redacts !== undefined) form += `,"redacts":${JSON.stringify(redacts)}`
    shared.set(event, form)
  }
  return form
}

/** The room version 11 form of a redaction names its target in `content`; older clients look beside it. */
const redactsOf = (event: SeenEvent) => (event.type === "m.room.redaction" ? event.redacts : undefined)

export interface Showing {
  /** In /sync the room is said around the events. */
  readonly roomId?: RoomId | undefined
  /** The reader's membership when the event happened, where it is known. */
  readonly membership?: string | undefined
  /** On redacted events: the redaction, in its own client form. */
  readonly redactedBecause?: string | undefined
  /** On an invitation, for the service of the one who is invited: the room's stripped state, as the inside of a list. */
  readonly inviteState?: string | undefined
  /** What is bundled with the event, as the inside of a JSON object. */
  readonly relations?: string | undefined
}

export const showEvent = (placed: SeenEntry, reader: Reader, showing: Showing): string => {
  const { event, txn, replaces } = placed
  let json = sharedForm(event, redactsOf(event))
  if (showing.roomId !== undefined) json += `,"room_id":${JSON.stringify(showing.roomId)}`
  json += `,"unsigned":{"age":${Math.max(0, reader.nowMs - event.originServerTs)}`
  if (showing.membership !== undefined) json += `,"membership":${JSON.stringify(showing.membership)}`
  if (txn !== undefined && event.sender === reader.userId) {
    const [deviceId, , txnId] = txn.split("\u001f")
    if (deviceId === reader.deviceId) json += `,"transaction_id":${JSON.stringify(txnId)}`
  }
  if (replaces !== undefined) {
    json += `,"prev_content":${JSON.stringify(replaces.content)},"prev_sender":${JSON.stringify(replaces.sender)},"replaces_state":${JSON.stringify(replaces.eventId)}`
  }
  if (placed.redactedBy !== undefined) {
    json += `,"redacted_by":${JSON.stringify(placed.redactedBy)}`
    if (showing.redactedBecause !== undefined) json += `,"redacted_because":${showing.redactedBecause}`
  }
  if (showing.inviteState !== undefined) json += `,"invite_room_state":[${showing.inviteState}]`
  if (showing.relations !== undefined) json += `,"m.relations":{${showing.relations}}`
  return `${json}}}`
}

/** A state event outside of the timeline. */
export const showState = (event: Shown, reader: Reader, roomId?: RoomId): string => {
  let json = sharedForm(event, undefined)
  if (roomId !== undefined) json += `,"room_id":${JSON.stringify(roomId)}`
  return `${json},"unsigned":{"age":${Math.max(0, reader.nowMs - event.originServerTs)}}}`
}

/** What an invited or knocking user sees of a room. Spec: "Stripped state". */
export const showStripped = ({ type, sender, stateKey, content }: Shown): string =>
  JSON.stringify({ type, sender, state_key: stateKey, content })
