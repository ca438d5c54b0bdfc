/** Pushers whose time has come. A pusher belongs to one node at a time, by a lease that ends by itself. */
import { Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { Pusher } from "@biz1/protocol/client/pushers"
import type { UserId } from "@biz1/protocol/ids"

export const leaseMs = 60_000
const firstRetryMs = 1000
const maxRetryMs = 60 * 60_000

export interface ClaimedPusher {
  readonly pusherId: number
  readonly userId: UserId
  readonly pusher: Pusher
  readonly madeMs: number
  readonly badge: number
  readonly failures: number
  /** The word that ends a pusher of mail. */
  readonly unsubscribe: string | undefined
}

interface Claim {
  readonly kind: "http" | "email"
  readonly now: number
  /** Something has been waiting since then or before. */
  readonly waitingSince: number
  readonly atMost: number
}

export const claimPushers = Effect.fnUntraced(function* ({ kind, now, waitingSince, atMost }: Claim) {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql`UPDATE pushers SET leased_until_ts = ${BigInt(now + leaseMs)}
    WHERE pusher_id IN (
      SELECT pusher_id FROM pushers p WHERE kind = ${kind} AND due_ts <= ${BigInt(now)}
        AND leased_until_ts <= ${BigInt(now)} AND EXISTS (
          SELECT FROM push_queue q WHERE q.pusher_id = p.pusher_id AND q.queued_ts <= ${BigInt(waitingSince)})
      ORDER BY due_ts LIMIT ${atMost} FOR UPDATE SKIP LOCKED
    ) RETURNING pusher_id::float8 AS pusher_id, user_id, json, changed_ts::float8 AS changed_ts, badge, failures,
      unsubscribe`
  return rows.map((row): ClaimedPusher => ({
    pusherId: Number(row["pusher_id"]),
    userId: row["user_id"] as UserId,
    pusher: JSON.parse(String(row["json"])) as Pusher,
    madeMs: Number(row["changed_ts"]),
    badge: Number(row["badge"]),
    failures: Number(row["failures"]),
    unsubscribe: (row["unsubscribe"] ?? undefined) as string | undefined,
  }))
}, Effect.orDie)

/** Lets a pusher go, for whichever node comes first. */
export const releasePusher = ({ pusherId }: ClaimedPusher) =>
  Effect.flatMap(
    PgClient.PgClient,
    (sql) => sql`UPDATE pushers SET leased_until_ts = 0 WHERE pusher_id = ${BigInt(pusherId)}`,
  ).pipe(Effect.ignore)

/** Who would not take it is asked again, later each time. */
export const putOff = Effect.fnUntraced(function* ({ pusherId, failures }: ClaimedPusher, now: number) {
  const sql = yield* PgClient.PgClient
  const waitMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures, 20))
  yield* sql`UPDATE pushers SET failures = failures + 1, due_ts = ${BigInt(now + waitMs)}, leased_until_ts = 0
    WHERE pusher_id = ${BigInt(pusherId)}`
}, Effect.orDie)
