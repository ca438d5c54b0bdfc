/**
 * The writing end of the log. One writer per node takes whatever waits, from every conversation on it, and commits it
 * as one statement: positions, events, state and memberships appear together or not at all.
 */
import { Context, Deferred, Effect, Exit, Layer, Queue, Schedule, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { SqlError } from "effect/sql"
import { commit } from "./commit.ts"
import type { LogBatch, LogEntry, Write } from "./LogEntry.ts"
import { LogStream } from "./LogStream.ts"
import { Metrics } from "../operations/Metrics.ts"
import { databaseAway, isDatabaseAway } from "../operations/outages.ts"

/**
 * Somebody else wrote first: `fence` says that another owner of the room did, `txn` that this transaction is a repeat,
 * `conversation` that there is a room already for what there may be only one for, `record`
 * that another version came first.
 */
export class Conflict extends Schema.TaggedError<Conflict>()("Conflict", {
  on: Schema.Literals(["fence", "txn", "event", "conversation", "record"]),
}) {}

interface Waiting {
  readonly writes: ReadonlyArray<Write>
  readonly done: Deferred.Deferred<ReadonlyArray<LogEntry>, Conflict>
}

const maxAppendsPerCommit = 500

export class EventLog extends Context.Service<
  EventLog,
  {
    /** Writes all or nothing. What comes back is committed and has been told to this node's readers. */
    readonly append: (writes: ReadonlyArray<Write>) => Effect.Effect<ReadonlyArray<LogEntry>, Conflict>
  }
>()("@biz1/server/log/EventLog") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const stream = yield* LogStream
      const metrics = yield* Metrics
      const queue = yield* Queue.bounded<Waiting>(4096)

      const finish = (appends: ReadonlyArray<Waiting>, first: number) =>
        Effect.gen(function* () {
          let pos = first
          const perAppend = appends.map(({ writes }) => writes.map((write): LogEntry => ({ ...write, pos: pos++ })))
          const batch: LogBatch = { first, last: pos - 1, entries: perAppend.flat() }
          yield* stream.committed(batch)
          for (const [index, append] of appends.entries()) {
            Deferred.doneUnsafe(append.done, Exit.succeed(perAppend[index]!))
          }
        })

      const commitAll = (appends: ReadonlyArray<Waiting>) =>
        commit(
          sql,
          appends.flatMap(({ writes }) => writes),
        ).pipe(Effect.retry({ while: isPassing, schedule: retryPassing }))

      /** One append's conflict must not cost the others their commit: after a collision each goes alone. */
      const commitEach = (appends: ReadonlyArray<Waiting>) =>
        Effect.forEach(
          appends,
          (append) =>
            commitAll([append]).pipe(
              Effect.flatMap((first) => finish([append], first)),
              Effect.catch((error) => {
                const conflict = conflictOf(error)
                return conflict === undefined
                  ? Effect.die(error)
                  : Effect.sync(() => Deferred.doneUnsafe(append.done, Exit.fail(conflict)))
              }),
            ),
          { discard: true },
        )

      const writeBatch = Effect.gen(function* () {
        const appends = yield* Queue.takeBetween(queue, 1, maxAppendsPerCommit)
        const begun = performance.now()
        yield* commitAll(appends).pipe(
          Effect.flatMap((first) => finish(appends, first)),
          Effect.catch((error) => (conflictOf(error) === undefined ? Effect.die(error) : commitEach(appends))),
          Effect.tapCause((cause) =>
            Effect.sync(() => {
              for (const { done } of appends) Deferred.doneUnsafe(done, Exit.failCause(cause as never))
            }),
          ),
          Effect.uninterruptible,
        )
        metrics.commit((performance.now() - begun) / 1000, appends.length)
      })

      /* A writer that dies of a defect has answered those it held; it starts again for the rest. */
      yield* Effect.forever(writeBatch, { disableYield: true }).pipe(
        Effect.tapCause((cause) =>
          isDatabaseAway(cause) ? databaseAway : Effect.logError("log writer restarts", cause),
        ),
        Effect.sandbox,
        Effect.retry(Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("2 seconds")])),
        Effect.forkScoped,
      )

      const append = (writes: ReadonlyArray<Write>) =>
        Effect.suspend(() => {
          const done = Deferred.makeUnsafe<ReadonlyArray<LogEntry>, Conflict>()
          return Effect.andThen(Queue.offer(queue, { writes, done }), Deferred.await(done))
        })
      return EventLog.of({ append })
    }),
  )
}

const retryPassing = Schedule.min([Schedule.exponential("20 millis"), Schedule.spaced("1 second")])

/** What PostgreSQL or the network says to try again. Whether a lost commit had happened, the fence tells. */
const isPassing = (error: SqlError.SqlError) =>
  ["ConnectionError", "SerializationError", "DeadlockError", "LockTimeoutError"].includes(error.reason._tag)

const conflictOf = (error: SqlError.SqlError): Conflict | undefined => {
  if (error.reason._tag !== "UniqueViolation") return undefined
  const constraint = String((error.reason as { readonly constraint?: unknown }).constraint ?? error.message)
  if (constraint.includes("events_txn") || constraint.includes("to_device_txns")) return new Conflict({ on: "txn" })
  if (constraint.includes("conversation_keys")) return new Conflict({ on: "conversation" })
  if (constraint.includes("record_versions")) return new Conflict({ on: "record" })
  if (constraint.includes("events_event_id")) return new Conflict({ on: "event" })
  return new Conflict({ on: "fence" })
}
