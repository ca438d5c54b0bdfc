/**
 * The reading end of the log on this node: every committed batch, whichever node wrote it, told in the order of its
 * positions and without a gap. What arrives early waits for what is missing; what stays missing is read from the log.
 */
import { Context, Effect, Layer, Schedule, Stream } from "effect"
import { Bus } from "../bus/Bus.ts"
import { LogReader } from "./LogReader.ts"
import { patiently } from "../operations/outages.ts"
import type { LogBatch } from "./LogEntry.ts"

/** Told with the last position of each commit. */
const committedSubject = "log.committed"

type Listener = (batch: LogBatch) => void

export class LogStream extends Context.Service<
  LogStream,
  {
    /** All up to here has been told to the listeners of this node. */
    readonly position: () => number
    /** Called with each batch in order, in one synchronous turn: a listener notes and wakes, it does not work. */
    readonly listen: (listener: Listener) => Effect.Effect<void>
    /** Takes a batch that this node's writer has committed, and tells the other nodes. */
    readonly committed: (batch: LogBatch) => Effect.Effect<void>
    /** Reads on until this node has told everything up to `position`: for tokens from a node that is ahead. */
    readonly reach: (position: number) => Effect.Effect<void>
  }
>()("@biz1/server/log/LogStream") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const reader = yield* LogReader
      const bus = yield* Bus
      const listeners: Array<Listener> = []
      const early = new Map<number, LogBatch>()
      let position = yield* reader.lastPosition

      const tell = (batch: LogBatch) => {
        position = batch.last
        for (const listener of listeners) listener(batch)
      }
      const accept = (batch: LogBatch) => {
        if (batch.last <= position) return
        if (batch.first !== position + 1) {
          early.set(batch.first, batch)
          return
        }
        tell(batch)
        for (let next = early.get(position + 1); next !== undefined; next = early.get(position + 1)) tell(next)
        for (const [first, waiting] of early) if (waiting.last <= position) early.delete(first)
      }

      /** Reads what is committed but has not been told, in pieces, so that a long gap stays small in memory. */
      const catchUp = Effect.gen(function* () {
        const last = yield* reader.lastPosition
        while (position < last) {
          const first = position + 1
          accept(yield* reader.batch(first, Math.min(last, first + 999)))
        }
      })

      const committed = (batch: LogBatch) =>
        Effect.suspend(() => {
          accept(batch)
          const told = bus.publish(committedSubject, String(batch.last))
          // Early means that another node's commit is before ours and has not been heard of yet.
          return early.size === 0 ? told : Effect.andThen(told, catchUp)
        })
      const reach = (wanted: number) => Effect.suspend(() => (wanted <= position ? Effect.void : catchUp))
      const listen = (listener: Listener) => Effect.sync(() => void listeners.push(listener))

      const catchUpPatiently = catchUp.pipe(patiently("read the log"))
      // Other nodes ring; should the bell be lost, the next second finds what it was for.
      yield* bus.subscribe(committedSubject, (last) => (Number(last) <= position ? Effect.void : catchUpPatiently))
      yield* Effect.forkScoped(Stream.runForEach(bus.reconnected, () => catchUpPatiently))
      yield* catchUpPatiently.pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.forkScoped)
      return LogStream.of({ position: () => position, listen, committed, reach })
    }),
  )
}
