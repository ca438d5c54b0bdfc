/**
 * Lets go of what need not be kept: now and then one node looks through the rooms, a piece at a time. How far it came in
 * each is written down, so that whoever goes on after it, or after a crash, looks at nothing twice.
 */
import { Clock, Effect, Layer, Schedule } from "effect"
import { dueOf, filesIn, type Policy } from "@biz1/core/business/retention"
import { ServerConfig } from "../../config.ts"
import type { EventEntry } from "../../log/LogEntry.ts"
import { patiently } from "../../operations/outages.ts"
import { Audit } from "../audit/Audit.ts"
import { Holds } from "./Holds.ts"
import { onOneNode } from "./onOneNode.ts"
import { Removal } from "./Removal.ts"
import { type KeptRoom, RetentionStore } from "./RetentionStore.ts"

const roomsPerStep = 100
const eventsPerPiece = 200
/** More than this in one step, and another step goes on. */
const eventsPerStep = 1000

const start = Effect.gen(function* () {
  const store = yield* RetentionStore
  const holds = yield* Holds
  const removal = yield* Removal
  const audit = yield* Audit
  const { limits } = yield* ServerConfig

  const redact = Effect.fnUntraced(function* (room: KeptRoom, due: ReadonlyArray<EventEntry>) {
    const free = due.filter(({ redactedBy }) => redactedBy === undefined)
    yield* removal.redact(room.roomId, free, "Kept as long as the organisation's rules say")
    return yield* removal.empty(
      due.map(({ pos }) => pos),
      { files: true },
    )
  })

  const purge = Effect.fnUntraced(function* (_: KeptRoom, due: ReadonlyArray<EventEntry>) {
    const positions = due.map(({ pos }) => pos)
    const files = [...new Set(due.flatMap(({ json }) => filesIn(json)))]
    return { events: 0, files: yield* removal.purge(files, positions) }
  })

  /** The next piece of a room; gives how many events were looked at, none where nothing more is due. */
  const piece = Effect.fnUntraced(function* (room: KeptRoom, then: Policy["then"], before: number) {
    const next = yield* store.next(room.roomId, then, eventsPerPiece)
    const fresh = next.findIndex(({ event }) => event.originServerTs >= before)
    const looked = fresh === -1 ? next : next.slice(0, fresh)
    if (looked.length === 0) return 0
    const said = looked.filter(({ event }) => event.stateKey === undefined && event.type !== "m.room.redaction")
    const held = yield* holds.on(said.map(({ pos }) => pos))
    const due = said.filter(({ pos }) => !held.has(pos))
    const gone = due.length === 0 ? { events: 0, files: 0 } : yield* (then === "redact" ? redact : purge)(room, due)
    yield* store.reached(room.roomId, then, looked.at(-1)!.roomSeq)
    if (gone.events + gone.files + held.size > 0) {
      yield* audit.record({
        actor: "platform",
        action: then === "redact" ? "retention.redacted" : "retention.purged",
        target: `conversation/${room.roomId}`,
        details: { events: gone.events, files: gone.files, held: held.size },
      })
    }
    return looked.length
  })

  const look = Effect.gen(function* () {
    const policies = yield* store.list
    if (policies.length === 0) return
    const now = yield* Clock.currentTimeMillis
    let after = ""
    const step = Effect.gen(function* () {
      const rooms = yield* store.rooms(after, roomsPerStep)
      let looked = 0
      for (const room of rooms) {
        const due = dueOf(policies, room, now)
        for (const then of ["redact", "purge"] as const) {
          const before = due[then]
          if (before === undefined) continue
          for (let some = -1; some !== 0; looked += some) {
            if (looked >= eventsPerStep) return true
            some = yield* piece(room, then, before)
          }
        }
        after = room.roomId
      }
      return rooms.length === roomsPerStep
    })
    yield* onOneNode("retention", step)
  })
  yield* look.pipe(
    patiently("let go of what need not be kept"),
    Effect.repeat(Schedule.spaced(`${limits["retention.seconds"]} seconds`)),
    Effect.forkScoped,
  )
})

export const keepRetention = Layer.effectDiscard(start)
