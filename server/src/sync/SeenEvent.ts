/**
 * Events as readers hold them: without their edges in the room's graph and without what was signed, which is most of
 * what an event weighs. What only the store and other servers ask for is read from the store.
 */
import type { Event } from "@biz1/core/Event"
import type { EventEntry } from "../log/LogEntry.ts"

export type SeenEvent = Omit<Event, "depth" | "prevEvents" | "authEvents" | "pdu">

/** Every entry of the log is one, too. */
export type SeenEntry = Omit<EventEntry, "event" | "json"> & { readonly event: SeenEvent }

export const seen = (entry: EventEntry): SeenEntry => {
  const { eventId, roomId, type, stateKey, sender, content, originServerTs, redacts } = entry.event
  const { kind, roomSeq, stateGroup, current, txn, redactedBy, applies, replaces, pos } = entry
  const event = { eventId, roomId, type, stateKey, sender, content, originServerTs, redacts }
  return { kind, event, roomSeq, stateGroup, current, txn, redactedBy, applies, replaces, pos }
}
