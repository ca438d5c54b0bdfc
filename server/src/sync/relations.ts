/** What later events say about some: their last edit, their thread, what refers to them. Spec: "Aggregations of child events". */
import { Effect } from "effect"
import type { EventId } from "@biz1/protocol/ids"
import { EventStore } from "../store/EventStore.ts"
import { RelationStore, type Viewer } from "../store/RelationStore.ts"
import type { RoomView } from "./RoomViews.ts"
import type { SeenEntry } from "./SeenEvent.ts"
import type { UserView } from "./UserViews.ts"
import type { Readable } from "./visibility.ts"

export interface Relations {
  readonly edit: SeenEntry | undefined
  readonly thread: Thread | undefined
  readonly references: ReadonlyArray<EventId>
}

export interface Thread {
  readonly latest: SeenEntry
  readonly latestEdit: SeenEntry | undefined
  readonly count: number
  readonly participated: boolean
}

interface Reading {
  readonly room: RoomView
  readonly user: UserView
  readonly readable: Readable
}

export const viewerOf = ({ user: { userId, ignored }, readable: { stretches } }: Reading): Viewer => ({
  userId,
  ignored,
  stretches,
})

/** By the ids of those events that have any. */
export const relationsOf = Effect.fnUntraced(function* (reading: Reading, entries: ReadonlyArray<SeenEntry>) {
  const { roomId } = reading.room
  const viewer = viewerOf(reading)
  const store = yield* RelationStore
  const messages = entries.filter(({ event }) => event.stateKey === undefined)
  const found = yield* store.summaries(
    roomId,
    messages.map(({ event }) => event.eventId),
    viewer,
  )
  if (found.length === 0) return new Map<EventId, Relations>()
  const summaryOf = (eventId: EventId, relType: string) =>
    found.find((related) => related.eventId === eventId && related.relType === relType)

  const edited = found.filter(({ relType }) => relType === "m.replace").map(({ eventId }) => eventId)
  const lastReplies = found.filter(({ relType }) => relType === "m.thread").map(({ lastSeq }) => lastSeq)
  const latest = new Map(
    (yield* (yield* EventStore).findSeqs(roomId, lastReplies)).map((entry) => [entry.roomSeq, entry]),
  )
  const latestIds = [...latest.values()].map(({ event }) => event.eventId)
  const edits = yield* store.edits(roomId, [...edited, ...latestIds], viewer)

  const relations = new Map<EventId, Relations>()
  for (const { event } of messages) {
    const { eventId, sender } = event
    const thread = summaryOf(eventId, "m.thread")
    const reply = thread && latest.get(thread.lastSeq)
    const about: Relations = {
      edit: edits.get(eventId),
      thread: reply && {
        latest: reply,
        latestEdit: edits.get(reply.event.eventId),
        count: thread.count,
        participated: thread.includesOwn || sender === viewer.userId,
      },
      references: summaryOf(eventId, "m.reference")?.eventIds ?? [],
    }
    if (about.edit ?? about.thread ?? about.references[0]) relations.set(eventId, about)
  }
  return relations
})
