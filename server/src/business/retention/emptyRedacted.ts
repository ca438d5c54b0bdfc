/** What was redacted is hidden at once. After a while, which is for mistakes, its content leaves the store as well. */
import { Clock, Effect, Layer, Schedule } from "effect"
import { PgClient } from "@effect/sql-pg"
import { ServerConfig } from "../../config.ts"
import { patiently } from "../../operations/outages.ts"
import { onOneNode } from "./onOneNode.ts"
import { Removal } from "./Removal.ts"

const eventsPerStep = 200

const start = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const removal = yield* Removal
  const { limits } = yield* ServerConfig
  const keepMs = limits["redactions.keepDays"] * 24 * 60 * 60_000

  /** From the oldest on, past those that are held. */
  const look = Effect.gen(function* () {
    const before = BigInt((yield* Clock.currentTimeMillis) - keepMs)
    let after = 0
    const step = Effect.gen(function* () {
      const rows = yield* sql`SELECT e.pos::float8 AS pos FROM events e JOIN events r ON r.event_id = e.redacted_by
        WHERE e.redacted_by IS NOT NULL AND NOT e.emptied AND e.pos > ${BigInt(after)} AND r.origin_server_ts <= ${before}
        ORDER BY e.pos LIMIT ${eventsPerStep}`
      const positions = rows.map((row) => Number(row["pos"]))
      if (positions.length === 0) return false
      // Its writer may have used a file elsewhere: files go where a policy or an erasure says so.
      yield* removal.empty(positions, { files: false })
      after = positions.at(-1)!
      return positions.length === eventsPerStep
    })
    yield* onOneNode("empty redacted events", step)
  })
  yield* look.pipe(
    patiently("empty redacted events"),
    Effect.repeat(Schedule.spaced(`${limits["retention.seconds"]} seconds`)),
    Effect.forkScoped,
  )
})

export const emptyRedacted = Layer.effectDiscard(start)
