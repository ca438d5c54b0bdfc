/** A room's live timeline and its outbox as one list of messages, oldest first. */
import { Direction, EventStatus, type MatrixEvent, type Room } from "matrix-js-sdk"
import type { Body, Delivery, Message, Quote, Reaction, Timeline } from "./model.ts"
import { isRefused, refusalOf } from "./outbox.ts"
import { personIn } from "./people.ts"
import { toBody } from "./toBody.ts"

/** Replied-to events outside the loaded timeline: asked for once, by the adapter. */
export type FindQuoted = (room: Room, eventId: string) => MatrixEvent | undefined

export const toTimeline = (room: Room, me: string, findQuoted: FindQuoted): Timeline => {
  const timeline = room.getLiveTimeline()
  const events = [...timeline.getEvents(), ...room.getPendingEvents()]
  const readers = readersByEvent(room, events, me)
  const messages = events.flatMap((event) => toMessage(room, event, me, readers.get(event) ?? 0, findQuoted) ?? [])
  return {
    messages,
    hasOlder: timeline.getPaginationToken(Direction.Backward) !== null,
    readUpTo: room.getEventReadUpTo(me) ?? undefined,
  }
}

/** The newest message that says something, else the newest change. */
export const lastMessage = (room: Room, me: string, findQuoted: FindQuoted): Message | undefined => {
  const events = [...room.getLiveTimeline().getEvents(), ...room.getPendingEvents()].reverse()
  let change: Message | undefined
  for (const event of events) {
    const message = toMessage(room, event, me, 0, findQuoted)
    if (message === undefined) continue
    if (message.body.kind !== "change") return message
    change ??= message
  }
  return change
}

/** How many others have read up to each event; a receipt counts for everything before it. */
const readersByEvent = (room: Room, events: ReadonlyArray<MatrixEvent>, me: string) => {
  const readers = new Set<string>()
  const counts = new Map<MatrixEvent, number>()
  for (const event of events.toReversed()) {
    for (const { userId } of room.getReceiptsForEvent(event)) if (userId !== me) readers.add(userId)
    counts.set(event, readers.size)
  }
  return counts
}

/** Messages as last built, so that what did not change stays the same object and is not rendered again. */
const built = new WeakMap<MatrixEvent, { readonly stamp: string; readonly message: Message | undefined }>()

const toMessage = (
  room: Room,
  event: MatrixEvent,
  me: string,
  readBy: number,
  findQuoted: FindQuoted,
): Message | undefined => {
  const own = event.getSender() === me
  const sender = personIn(room, event.getSender() ?? "")
  const reactions = toReactions(room, event, me)
  const quoted = event.replyEventId === undefined ? undefined : findQuoted(room, event.replyEventId)
  const stamp = JSON.stringify([
    event.getId(),
    event.status,
    event.error?.message,
    event.replacingEventId(),
    event.isRedacted(),
    own ? readBy : 0,
    sender,
    reactions,
    quoted?.isRedacted(),
    quoted?.replacingEventId(),
    quoted?.getId(),
  ])
  const known = built.get(event)
  if (known?.stamp === stamp) return known.message

  const body = toBody(room, event)
  const message = body && {
    key: event.getTxnId() ?? event.getUnsigned().transaction_id ?? event.getId() ?? "",
    id: event.getId() ?? "",
    sender,
    own,
    at: event.getTs(),
    body,
    reply: toQuote(room, event, body, quoted),
    edited: event.replacingEventId() !== undefined,
    reactions,
    delivery: toDelivery(event, readBy),
    readBy: own ? readBy : 0,
    failure: refusalOf(event),
  }
  built.set(event, { stamp, message })
  return message
}

const toDelivery = (event: MatrixEvent, readBy: number): Delivery => {
  if (event.status === null || event.status === EventStatus.SENT) return readBy > 0 ? "read" : "stored"
  return isRefused(event) ? "failed" : "waiting"
}

const toQuote = (room: Room, event: MatrixEvent, body: Body, quoted: MatrixEvent | undefined): Quote | undefined => {
  const id = event.replyEventId
  if (id === undefined || body.kind === "deleted" || body.kind === "change") return undefined
  const sender = quoted?.getSender()
  return {
    id,
    sender: sender === undefined ? undefined : personIn(room, sender),
    body: quoted && toBody(room, quoted),
  }
}

const toReactions = (room: Room, event: MatrixEvent, me: string): ReadonlyArray<Reaction> => {
  const relations = room.relations.getChildEventsForEvent(event.getId() ?? "", "m.annotation", "m.reaction")
  return (relations?.getSortedAnnotationsByKey() ?? []).flatMap(([key, events]) => {
    const own = [...events].find((one) => one.getSender() === me)
    return events.size === 0 ? [] : [{ key, count: events.size, ownId: own?.getId() }]
  })
}
