/**
 * What readers ask of a room, in memory while it is used: its state now, its last events, its receipts. Loaded from the
 * store, then kept in step by the log, one batch after the other.
 */
import { Context, Deferred, Effect, Exit, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { StateEvent } from "@biz1/core/Event"
import { redactedContent } from "@biz1/core/redact"
import { roomVersions, type RoomVersion } from "@biz1/core/roomVersion"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { Pdu } from "@biz1/protocol/pdu"
import { decodeStateRow, stateRows } from "../conversation/RoomLoader.ts"
import { redactState, StateMap } from "../conversation/RoomState.ts"
import { type EventEntry, type LogEntry, type ReceiptEntry, roomOf } from "../log/LogEntry.ts"
import { LogStream } from "../log/LogStream.ts"
import { Metrics } from "../operations/Metrics.ts"
import { seen, type SeenEntry } from "./SeenEvent.ts"

/** A state event and when it became the state. */
export interface CurrentState extends StateEvent {
  readonly originServerTs: number
  readonly pos: number
}

export interface RoomView {
  readonly roomId: RoomId
  readonly version: RoomVersion
  readonly state: StateMap<CurrentState>
  /** The last events, oldest first: all of the room's with a position above `timelineAfter`. */
  timeline: Array<SeenEntry>
  timelineAfter: number
  /** The position of the last event. */
  lastPos: number
  /** By user, type and thread; the last changed is the last in the map. */
  readonly receipts: Map<string, ReceiptEntry>
  lastReceiptPos: number
  /** By user and thread: the position up to which their threaded receipts reach. */
  readonly readInThreads: Map<UserId, Map<string, number>>
  joinedCount: number
  invitedCount: number
}

export const membershipOf = (view: RoomView, userId: UserId): string | undefined =>
  view.state.get("m.room.member", userId)?.content["membership"] as string | undefined

/** Events of all timelines together: about 3 kB each. */
const maxTimelineEvents = 10_000
const maxRooms = 20_000

export class RoomViews extends Context.Service<
  RoomViews,
  {
    /** Undefined where there is no such room. */
    readonly get: (roomId: RoomId) => Effect.Effect<RoomView | undefined>
    /** The room, if it is in memory. */
    readonly loaded: (roomId: RoomId) => RoomView | undefined
    /** The position of the room's last event, if it came since this node started. */
    readonly lastEventPos: (roomId: RoomId) => number | undefined
    /** Everything above this position has been seen by this node as it happened. */
    readonly startedAt: number
  }
>()("@biz1/server/sync/RoomViews") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const stream = yield* LogStream
      const metrics = yield* Metrics
      const fork = Effect.runForkWith(yield* Effect.context())
      const views = new Map<RoomId, RoomView>()
      const loading = new Map<
        RoomId,
        { readonly entries: Array<LogEntry>; readonly done: Deferred.Deferred<RoomView | undefined> }
      >()
      const lastEvent = new Map<RoomId, number>()
      const startedAt = stream.position()
      /** Whose timeline holds the oldest event, in the order of positions. */
      const held: Array<RoomView> = []
      let heldFrom = 0

      const hold = (view: RoomView) => {
        held.push(view)
        if (held.length - heldFrom > maxTimelineEvents) {
          const oldest = held[heldFrom++]!
          oldest.timelineAfter = oldest.timeline.shift()?.pos ?? oldest.timelineAfter
          if (heldFrom > maxTimelineEvents) {
            held.splice(0, heldFrom)
            heldFrom = 0
          }
        }
      }

      const apply = (view: RoomView, entry: LogEntry) => {
        if (entry.kind === "receipt") {
          const key = `${entry.userId}\0${entry.receiptType}\0${entry.threadId}`
          const before = view.receipts.get(key)
          if (before !== undefined && (before.eventPos > entry.eventPos || before.pos >= entry.pos)) return
          view.receipts.delete(key)
          view.receipts.set(key, entry)
          view.lastReceiptPos = entry.pos
          if (entry.threadId !== "") setReadInThread(view, entry)
        } else if (entry.kind === "event" && entry.pos > view.timelineAfter) {
          view.timeline.push(seen(entry))
          view.lastPos = Math.max(view.lastPos, entry.pos)
          hold(view)
          if (entry.applies !== undefined) redactApplied(view, entry, entry.applies)
          if (entry.current) setState(view, entry)
        }
      }

      const setReadInThread = (view: RoomView, { userId, threadId, eventPos }: ReceiptEntry) => {
        let threads = view.readInThreads.get(userId)
        if (threads === undefined) view.readInThreads.set(userId, (threads = new Map()))
        threads.set(threadId, Math.max(threads.get(threadId) ?? 0, eventPos))
      }

      const redactApplied = (view: RoomView, redaction: EventEntry, targetId: EventId) => {
        redactState(view.state, targetId, view.version)
        for (const [at, entry] of view.timeline.entries()) {
          const { event, replaces } = entry
          if (event.eventId === targetId && entry.redactedBy === undefined) {
            const content = redactedContent(event.type, event.content, view.version)
            view.timeline[at] = { ...entry, event: { ...event, content }, redactedBy: redaction.event.eventId }
          } else if (replaces?.eventId === targetId) {
            const content = redactedContent(event.type, replaces.content, view.version)
            view.timeline[at] = { ...entry, replaces: { ...replaces, content } }
          }
        }
      }

      const setState = (view: RoomView, { event, pos }: EventEntry) => {
        const state = {
          eventId: event.eventId,
          type: event.type,
          stateKey: event.stateKey!,
          sender: event.sender,
          content: event.content,
          originServerTs: event.originServerTs,
          pos,
        }
        const before = view.state.get(state.type, state.stateKey)
        if (before !== undefined && before.pos >= pos) return
        if (state.type === "m.room.member") count(view, before, state)
        view.state.set(state)
      }

      const load = Effect.fnUntraced(function* (roomId: RoomId) {
        // What is committed from here on is told by the stream while the store is read, and applied after it.
        const timelineAfter = stream.position()
        const [room] = yield* sql`SELECT version, (
            SELECT pos::float8 FROM events WHERE room_id = ${roomId} ORDER BY room_seq DESC LIMIT 1
          ) AS last_pos FROM rooms WHERE room_id = ${roomId}`
        if (room === undefined) return undefined
        const state = new StateMap<CurrentState>()
        const view: RoomView = {
          roomId,
          version: roomVersions.get(String(room["version"]))!,
          state,
          timeline: [],
          timelineAfter,
          lastPos: Number(room["last_pos"]),
          receipts: new Map(),
          lastReceiptPos: 0,
          readInThreads: new Map(),
          joinedCount: 0,
          invitedCount: 0,
        }
        for (const row of yield* stateRows(sql, roomId)) {
          const event: CurrentState = {
            ...decodeStateRow(row, view.version),
            originServerTs: (JSON.parse(String(row["json"])) as Pdu).origin_server_ts,
            pos: Number(row["pos"]),
          }
          if (event.type === "m.room.member") count(view, undefined, event)
          state.set(event)
        }
        const receipts = yield* sql`SELECT room_id AS "roomId", user_id AS "userId", receipt_type AS "receiptType",
            thread_id AS "threadId", event_id AS "eventId", event_pos::float8 AS "eventPos", ts::float8 AS ts,
            pos::float8 AS pos FROM receipts WHERE room_id = ${roomId} ORDER BY pos`
        for (const row of receipts) apply(view, { ...row, kind: "receipt" } as unknown as ReceiptEntry)
        return view
      }, Effect.orDie)

      const get = (roomId: RoomId): Effect.Effect<RoomView | undefined> =>
        Effect.suspend(() => {
          const view = views.get(roomId)
          if (view !== undefined) return Effect.succeed<RoomView | undefined>(view)
          const already = loading.get(roomId)
          if (already !== undefined) return Deferred.await(already.done)
          const job = { entries: new Array<LogEntry>(), done: Deferred.makeUnsafe<RoomView | undefined>() }
          loading.set(roomId, job)
          // In this same turn, and on its own: who asked first may be interrupted, the load belongs to all who wait.
          fork(
            load(roomId).pipe(
              Effect.onExit((exit) =>
                Effect.sync(() => {
                  loading.delete(roomId)
                  if (Exit.isSuccess(exit) && exit.value !== undefined) {
                    for (const entry of job.entries) apply(exit.value, entry)
                    views.set(roomId, exit.value)
                    if (views.size > maxRooms) views.delete(views.keys().next().value!)
                  }
                  Deferred.doneUnsafe(job.done, exit)
                }),
              ),
            ),
          )
          return Deferred.await(job.done)
        })

      yield* stream.listen(({ entries }) => {
        for (const entry of entries) {
          const roomId = roomOf(entry)
          if (roomId === "") continue
          if (entry.kind === "event") lastEvent.set(roomId, entry.pos)
          const view = views.get(roomId)
          if (view !== undefined) apply(view, entry)
          else loading.get(roomId)?.entries.push(entry)
        }
      })
      metrics.gauge("biz1_room_views", "Rooms in the readers' memory", () => views.size)

      return RoomViews.of({
        get,
        loaded: (roomId) => views.get(roomId),
        lastEventPos: (roomId) => lastEvent.get(roomId),
        startedAt,
      })
    }),
  )
}

/** Events that a room holds in memory, after one position of the log and up to another. */
export const heldBetween = ({ timeline }: RoomView, after: number, upTo: number): ReadonlyArray<SeenEntry> => {
  // Asked for what is new, mostly: that is at the end.
  let to = timeline.length
  while (to > 0 && timeline[to - 1]!.pos > upTo) to--
  let from = to
  while (from > 0 && timeline[from - 1]!.pos > after) from--
  return timeline.slice(from, to)
}

const count = (view: RoomView, before: StateEvent | undefined, after: StateEvent) => {
  const was = before?.content["membership"]
  const is = after.content["membership"]
  view.joinedCount += Number(is === "join") - Number(was === "join")
  view.invitedCount += Number(is === "invite") - Number(was === "invite")
}
