/**
 * The audit trail: who did what, when and why, in a chain that can only be added to. What is recorded is durable when
 * `record` is done; what waits is written together. What happens in conversations comes in from the feed, exactly once.
 */
import { Clock, Context, Deferred, Effect, Exit, Layer, Queue, Schedule } from "effect"
import { PgClient } from "@effect/sql-pg"
import { type AuditEntry, sealAudit, type SealedEntry } from "@biz1/core/business/auditChain"
import type { FeedEvent } from "@biz1/core/business/feed"
import { signJson } from "@biz1/core/signatures"
import type { JsonObject } from "@biz1/protocol/json"
import { Signing } from "../../conversation/Signing.ts"
import { patiently } from "../../operations/outages.ts"
import { integers, texts } from "../../store/columns.ts"
import { Feed } from "../feed/Feed.ts"

export interface AuditQuestion {
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly target?: string | undefined
  /** Milliseconds since 1970. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly after?: number | undefined
  readonly limit: number
}

/** The last hash of a day, signed by the server. */
export interface SignedDay {
  readonly day: string
  readonly json: JsonObject
}

interface Waiting {
  readonly entry: AuditEntry
  readonly done: Deferred.Deferred<void>
}

const consumer = "audit"
const entriesAtOnce = 200

export class Audit extends Context.Service<
  Audit,
  {
    readonly record: (entry: Omit<AuditEntry, "at">) => Effect.Effect<void>
    /** In the order of the chain. */
    readonly find: (question: AuditQuestion) => Effect.Effect<ReadonlyArray<SealedEntry>>
    readonly days: Effect.Effect<ReadonlyArray<SignedDay>>
    /** Takes in what the feed has told so far; gives the position it has reached. */
    readonly catchUp: Effect.Effect<number>
  }
>()("@biz1/server/business/audit/Audit") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const feed = yield* Feed
      const { serverName, key } = yield* Signing
      const queue = yield* Queue.bounded<Waiting>(1024)

      /** Within a transaction: the head stays locked until it ends. */
      const append = Effect.fnUntraced(function* (entries: ReadonlyArray<AuditEntry>) {
        if (entries.length === 0) return
        const [head] = yield* sql`SELECT seq::float8 AS seq, hash FROM audit_head WHERE id = 1 FOR UPDATE`
        let [seq, hash] = [Number(head!["seq"]), String(head!["hash"])]
        const sealed = entries.map((entry) => {
          const one = sealAudit(entry, ++seq, hash)
          hash = one.hash
          return one
        })
        yield* sql`INSERT INTO audit_trail (seq, at, actor, action, target, hash, json) SELECT * FROM unnest(
          ${integers(sealed.map((one) => one.seq))}::bigint[],
          ${integers(sealed.map((one) => one.at))}::bigint[],
          ${texts(sealed.map((one) => one.actor))}::text[],
          ${texts(sealed.map((one) => one.action))}::text[],
          ${texts(sealed.map((one) => one.target))}::text[],
          ${texts(sealed.map((one) => one.hash))}::text[],
          ${texts(sealed.map((one) => JSON.stringify(one)))}::text[]
        )`
        yield* sql`UPDATE audit_head SET seq = ${BigInt(seq)}, hash = ${hash} WHERE id = 1`
      })

      const writeWaiting = Effect.gen(function* () {
        const waiting = yield* Queue.takeBetween(queue, 1, entriesAtOnce)
        const written = yield* Effect.exit(sql.withTransaction(append(waiting.map(({ entry }) => entry))))
        const exit = Exit.isSuccess(written) ? Exit.void : Exit.die(written.cause)
        for (const { done } of waiting) Deferred.doneUnsafe(done, exit)
      })
      yield* Effect.forever(writeWaiting).pipe(Effect.forkScoped)

      /** One piece of the feed, with the cursor in the same transaction; true where there is more. */
      const step = sql
        .withTransaction(
          Effect.gen(function* () {
            yield* sql`INSERT INTO cursors (consumer, pos) VALUES (${consumer}, 0) ON CONFLICT DO NOTHING`
            const [cursor] = yield* sql`SELECT pos::float8 AS pos FROM cursors WHERE consumer = ${consumer} FOR UPDATE`
            const from = Number(cursor!["pos"])
            const { events, upTo } = yield* feed.after(from, { types: audited, limit: entriesAtOnce })
            if (upTo > from) {
              yield* append(events.map(entryOf))
              yield* sql`UPDATE cursors SET pos = ${BigInt(upTo)} WHERE consumer = ${consumer}`
            }
            return { upTo, more: upTo < feed.position() }
          }),
        )
        .pipe(Effect.orDie)
      const catchUp = step.pipe(
        Effect.repeat({ until: ({ more }) => !more }),
        Effect.map(({ upTo }) => upTo),
      )
      let reached = 0
      yield* Effect.andThen(
        Effect.suspend(() => feed.news(reached, "5 seconds")),
        Effect.tap(catchUp, (upTo) => Effect.sync(() => void (reached = upTo))),
      ).pipe(patiently("keep the audit trail"), Effect.repeat(Schedule.spaced("1 second")), Effect.forkScoped)

      /** Days that are over get their last hash signed. */
      const signDays = Effect.gen(function* () {
        const today = new Date(yield* Clock.currentTimeMillis).toISOString().slice(0, 10)
        const rows = yield* sql`SELECT DISTINCT ON (day) day::text AS day, seq::float8 AS seq, hash FROM (
            SELECT to_timestamp(at / 1000.0) AT TIME ZONE 'UTC' AS time, seq, hash,
              (to_timestamp(at / 1000.0) AT TIME ZONE 'UTC')::date AS day FROM audit_trail
          ) t WHERE day < ${today}::date AND day > coalesce((SELECT max(day) FROM audit_days), '-infinity')
          ORDER BY day, seq DESC`
        for (const row of rows) {
          const [day, seq] = [String(row["day"]), Number(row["seq"])]
          const signed = signJson({ day, seq, hash: String(row["hash"]), server: serverName }, serverName, key)
          yield* sql`INSERT INTO audit_days (day, seq, json) VALUES (${day}::date, ${BigInt(seq)}, ${JSON.stringify(signed)})
            ON CONFLICT DO NOTHING`
        }
      })
      yield* signDays.pipe(
        Effect.orDie,
        patiently("sign the days of the audit trail"),
        Effect.repeat(Schedule.spaced("10 minutes")),
        Effect.forkScoped,
      )

      return Audit.of({
        record: Effect.fnUntraced(function* (entry) {
          const at = yield* Clock.currentTimeMillis
          const done = Deferred.makeUnsafe<void>()
          yield* Queue.offer(queue, { entry: { ...entry, at }, done })
          yield* Deferred.await(done)
        }),
        find: ({ actor, action, target, from, to, after, limit }) => {
          const exactly = (column: string, value: string | undefined) =>
            value === undefined ? sql`true` : sql`${sql(column)} = ${value}`
          return sql`SELECT json FROM audit_trail WHERE ${exactly("actor", actor)} AND ${exactly("action", action)}
              AND ${exactly("target", target)} AND at >= ${BigInt(from ?? 0)}
              AND at < ${BigInt(to ?? Number.MAX_SAFE_INTEGER)} AND seq > ${BigInt(after ?? 0)}
            ORDER BY seq LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map((row) => JSON.parse(String(row["json"])) as SealedEntry)),
            Effect.orDie,
          )
        },
        days: sql`SELECT day::text AS day, json FROM audit_days ORDER BY day`.pipe(
          Effect.map((rows) =>
            rows.map((row) => ({ day: String(row["day"]), json: JSON.parse(String(row["json"])) as JsonObject })),
          ),
          Effect.orDie,
        ),
        catchUp,
      })
    }),
  )
}

/** What the feed tells that belongs into the trail: not what was said, but who came, went, changed, linked and decided. */
const audited = [
  "conversation.*",
  "customer.*",
  "decision.recorded",
  "message.edited",
  "message.redacted",
  "participant.*",
  "record.*",
]

const entryOf = ({ id, type, subject, time, data, cause }: FeedEvent): AuditEntry => {
  const { sender, user, edits, redacts, reason, eventId, lane, changed, role, record, channel, winner, loser } = data
  const named = { user, edits, redacts, eventId, lane, role, changed, channel, winner, loser }
  const link =
    type === "record.linked" || type === "record.unlinked" ? { conversation: data["conversation"], record } : {}
  const details = Object.fromEntries(
    Object.entries({ ...named, ...link }).filter(([, value]) => value !== undefined),
  ) as JsonObject
  return {
    at: Date.parse(time),
    actor: typeof sender === "string" ? sender : (cause ?? "platform"),
    action: type,
    target: subject,
    details,
    ...(typeof reason === "string" ? { reason: reason.slice(0, 500) } : {}),
    cause: id,
  }
}
