/** Legal holds, and what they keep. Whoever takes something out of the store asks here, within the same transaction. */
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { type Hold, holdsOn, type HoldSubject, type Matter } from "@biz1/core/business/retention"
import type { EventEntry } from "../../log/LogEntry.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"
import { mattersOf } from "./matters.ts"

export interface KeptHold extends Hold {
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly madeTs: number
  readonly endedTs: number | undefined
}

const eventsAtOnce = 500

export class Holds extends Context.Service<
  Holds,
  {
    /** False where there is one by that name about something else. */
    readonly put: (hold: Omit<KeptHold, "madeTs" | "endedTs">) => Effect.Effect<boolean>
    readonly find: (id: string) => Effect.Effect<KeptHold | undefined>
    readonly list: Effect.Effect<ReadonlyArray<KeptHold>>
    readonly end: (id: string) => Effect.Effect<void>
    /** Those that keep each of these events, by position; no entry where none does. */
    readonly on: (positions: ReadonlyArray<number>) => Effect.Effect<ReadonlyMap<number, ReadonlyArray<string>>>
    /** Those that keep somebody or something as a whole. */
    readonly about: (matter: Matter) => Effect.Effect<ReadonlyArray<string>>
    /** Until the transaction ends nothing more is held. */
    readonly unchanged: Effect.Effect<void>
    /** The redacted events that one keeps, from a position on, with their content as it was. */
    readonly redacted: (
      id: string,
      options: { readonly after: number; readonly limit: number },
    ) => Effect.Effect<ReadonlyArray<EventEntry>>
  }
>()("@biz1/server/business/retention/Holds") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient

      const select = sql`SELECT id, json, made_ts::float8 AS made_ts, ended_ts::float8 AS ended_ts FROM legal_holds`
      const standing = sql`SELECT h.id, h.json, customer_root(h.json::json->'subject'->>'customer') AS customer
        FROM legal_holds h WHERE ended_ts IS NULL`.pipe(Effect.map((rows) => rows.map(standingOf)))

      const on = Effect.fnUntraced(function* (positions: ReadonlyArray<number>) {
        const holds = yield* standing
        const held = new Map<number, ReadonlyArray<string>>()
        if (holds.length === 0) return held
        for (const [pos, matter] of yield* mattersOf(sql, positions)) {
          const ids = holdsOn(holds, matter)
          if (ids.length > 0) held.set(pos, ids)
        }
        return held
      }, Effect.orDie)

      return Holds.of({
        put: Effect.fnUntraced(function* ({ id, subject, reason }) {
          const now = BigInt(yield* Clock.currentTimeMillis)
          const rows = yield* sql`INSERT INTO legal_holds (id, json, made_ts)
            VALUES (${id}, ${JSON.stringify({ subject, reason })}, ${now})
            ON CONFLICT (id) DO UPDATE SET json = excluded.json, ended_ts = NULL
              WHERE (legal_holds.json::jsonb)->'subject' = (excluded.json::jsonb)->'subject' RETURNING id`
          return rows.length > 0
        }, Effect.orDie),
        find: (id) =>
          sql`${select} WHERE id = ${id}`.pipe(
            Effect.map((rows) => rows.map(decode)[0]),
            Effect.orDie,
          ),
        list: sql`${select} ORDER BY made_ts, id`.pipe(
          Effect.map((rows) => rows.map(decode)),
          Effect.orDie,
        ),
        end: Effect.fnUntraced(
          function* (id: string) {
            const now = BigInt(yield* Clock.currentTimeMillis)
            yield* sql`UPDATE legal_holds SET ended_ts = ${now} WHERE id = ${id} AND ended_ts IS NULL`
            // What was passed by as held is looked at again.
            yield* sql`DELETE FROM retention_progress`
          },
          sql.withTransaction,
          Effect.orDie,
        ),
        on,
        about: (matter) => Effect.orDie(Effect.map(standing, (holds) => holdsOn(holds, matter))),
        unchanged: Effect.asVoid(Effect.orDie(sql`LOCK TABLE legal_holds IN SHARE MODE`)),
        redacted: Effect.fnUntraced(function* (id, { after, limit }) {
          const found: Array<EventEntry> = []
          for (let from = after; ;) {
            const rows = yield* sql`SELECT ${eventColumns(sql)} FROM events e
              WHERE e.redacted_by IS NOT NULL AND NOT e.emptied AND e.pos > ${BigInt(from)}
              ORDER BY e.pos LIMIT ${eventsAtOnce}`
            const entries = rows.map(decodeEventRow)
            const held = yield* on(entries.map(({ pos }) => pos))
            found.push(...entries.filter(({ pos }) => held.get(pos)?.includes(id)))
            if (found.length >= limit || rows.length < eventsAtOnce) return found.slice(0, limit)
            from = entries.at(-1)!.pos
          }
        }, Effect.orDie),
      })
    }),
  )
}

type Row = Readonly<Record<string, unknown>>

const saidIn = (row: Row) =>
  JSON.parse(String(row["json"])) as { readonly subject: HoldSubject; readonly reason: string }

const decode = (row: Row): KeptHold => ({
  id: String(row["id"]),
  ...saidIn(row),
  madeTs: Number(row["made_ts"]),
  endedTs: (row["ended_ts"] ?? undefined) as number | undefined,
})

/** With the name that its customer has now. */
const standingOf = (row: Row): Hold => {
  const { subject } = saidIn(row)
  return { id: String(row["id"]), subject: "customer" in subject ? { customer: String(row["customer"]) } : subject }
}
