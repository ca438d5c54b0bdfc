/** What operators have done: who, when, to what. An entry is there before the deed, so that none goes unrecorded. */
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"

export interface Deed {
  readonly operator: UserId
  readonly ip: string
  readonly operation: string
  readonly target: JsonObject
  readonly details: JsonObject
}

export interface AuditEntry extends Deed {
  readonly audit_id: number
  readonly ts: number
  readonly outcome: string | null
}

export class AuditLog extends Context.Service<
  AuditLog,
  {
    /** Gives the entry's id. */
    readonly begin: (deed: Deed) => Effect.Effect<bigint>
    readonly finish: (auditId: bigint, outcome: string) => Effect.Effect<void>
    /** The newest first, older than `before`. */
    readonly page: (before: number, limit: number) => Effect.Effect<ReadonlyArray<AuditEntry>>
  }
>()("@biz1/server/admin/AuditLog") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) =>
      AuditLog.of({
        begin: Effect.fnUntraced(function* ({ operator, ip, operation, target, details }) {
          const now = BigInt(yield* Clock.currentTimeMillis)
          const [row] = yield* sql`INSERT INTO audit (operator, ts, ip, operation, target, details)
            VALUES (${operator}, ${now}, ${ip}, ${operation}, ${JSON.stringify(target)}, ${JSON.stringify(details)})
            RETURNING audit_id`
          return row!["audit_id"] as bigint
        }, Effect.orDie),
        finish: (auditId, outcome) =>
          sql`UPDATE audit SET outcome = ${outcome} WHERE audit_id = ${auditId}`.pipe(Effect.orDie, Effect.asVoid),
        page: (before, limit) =>
          sql`SELECT audit_id::float8 AS audit_id, operator, ts::float8 AS ts, ip, operation, target,
              details, outcome
            FROM audit WHERE audit_id < ${BigInt(before)} ORDER BY audit_id DESC LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map(decoded)),
            Effect.orDie,
          ),
      }),
    ),
  )
}

/** Parsed here: PostgreSQL's own JSON holds less than what may have been sent, NUL for one. */
const decoded = ({ target, details, ...entry }: Readonly<Record<string, unknown>>) =>
  ({ ...entry, target: JSON.parse(String(target)), details: JSON.parse(String(details)) }) as unknown as AuditEntry
