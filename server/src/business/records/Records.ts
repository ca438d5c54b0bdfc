/**
 * The records of the business. A version that is accepted is written to the log together with the news of it; which
 * versions are, the pure rule says, and the fence in the store that nobody else decided at the same time.
 */
import { Clock, Context, Effect, Layer, Schema, Semaphore } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RecordKey } from "@biz1/core/business/links"
import { changedBetween, verdictOf } from "@biz1/core/business/recordVersion"
import { RecordBody, type UPSERT_RESULTS } from "@biz1/protocol/business/records"
import type { UserId } from "@biz1/protocol/ids"
import { UnknownConflict } from "@biz1/protocol/errors"
import type { JsonObject } from "@biz1/protocol/json"
import { EventLog } from "../../log/EventLog.ts"
import type { BusinessWrite, RecordWrite } from "../../log/LogEntry.ts"
import { texts } from "../../store/columns.ts"
import { wordsQuery } from "../../store/words.ts"

export interface StoredRecord extends RecordWrite {
  /** Those of its people who have a user. */
  readonly users: ReadonlyArray<UserId>
  readonly pos: number
}

export interface Upsert extends RecordKey {
  readonly body: RecordBody
}

export interface Upserted {
  readonly result: (typeof UPSERT_RESULTS)[number]
  /** The version that stands now. */
  readonly version: number
}

export interface RecordQuestion {
  readonly words?: string | undefined
  readonly type?: string | undefined
  readonly customer?: string | undefined
  readonly statusKind?: string | undefined
  /** Changed before this position of the log. */
  readonly before?: number | undefined
  readonly limit: number
}

export class Records extends Context.Service<
  Records,
  {
    /** Each answered in its place: one that contradicts what stands leaves the others alone. */
    readonly upsert: (
      upserts: ReadonlyArray<Upsert>,
      cause?: string,
    ) => Effect.Effect<ReadonlyArray<Upserted | UnknownConflict>>
    /** False where it was deleted already, or never there. */
    readonly remove: (key: RecordKey, cause?: string) => Effect.Effect<boolean>
    readonly find: (key: RecordKey) => Effect.Effect<StoredRecord | undefined>
    readonly findMany: (keys: ReadonlyArray<RecordKey>) => Effect.Effect<ReadonlyArray<StoredRecord>>
    /** The last changed first. */
    readonly search: (question: RecordQuestion) => Effect.Effect<ReadonlyArray<StoredRecord>>
    /** The newest first, of those before `beforeSeq`. */
    readonly versions: (
      key: RecordKey,
      options: { readonly beforeSeq?: number | undefined; readonly limit: number },
    ) => Effect.Effect<ReadonlyArray<RecordWrite & { readonly pos: number }>>
    /** The version that stood at a position of the log. */
    readonly at: (key: RecordKey, pos: number) => Effect.Effect<RecordWrite | undefined>
  }
>()("@biz1/server/business/records/Records") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const log = yield* EventLog
      // On this node one at a time: of two that meet, the second would be decided anew in any case.
      const turn = yield* Semaphore.make(1)
      const columns = sql.literal(`type, id, seq::float8 AS seq, json, people, updated_ts::float8 AS updated_ts,
        deleted_ts::float8 AS deleted_ts, pos::float8 AS pos`)

      const findMany = (keys: ReadonlyArray<RecordKey>) =>
        sql`SELECT ${columns} FROM records JOIN unnest(
            ${texts(keys.map(({ type }) => type))}::text[], ${texts(keys.map(({ id }) => id))}::text[]
          ) AS wanted (type, id) USING (type, id)`.pipe(
          Effect.map((rows) => rows.map(decodeRecord)),
          Effect.orDie,
        )

      /** What becomes of each, on top of what stands; what was accepted is to be written. */
      const decideAll = (
        standing: Map<string, RecordWrite>,
        upserts: ReadonlyArray<Upsert>,
        now: number,
        cause?: string,
      ) => {
        const writes: Array<BusinessWrite> = []
        const results = upserts.map(({ type, id, body }): Upserted | UnknownConflict => {
          const before = standing.get(`${type}/${id}`)
          const { version } = body
          const verdict = verdictOf(before && standingOf(before), { version, body: bodyOf(body) })
          if (verdict === "contradicted") {
            const error = `Version ${version} of ${type}/${id} is here already, and says something else`
            return new UnknownConflict({ error })
          }
          if (verdict === "stale" || verdict === "unchanged") return { result: verdict, version: before!.body.version }
          const record = { type, id, seq: (before?.seq ?? 0) + 1, body, updatedTs: now, deletedTs: undefined }
          standing.set(`${type}/${id}`, record)
          writes.push(newsOf(`record.${verdict}`, record, before, cause))
          if (verdict === "created" && type === "customer") writes.push(newCustomer(record, cause))
          return { result: verdict, version }
        })
        return { writes, results }
      }

      const attempt = Effect.fnUntraced(function* (upserts: ReadonlyArray<Upsert>, cause?: string) {
        const found = yield* findMany(upserts)
        const standing = new Map(found.map((record): [string, RecordWrite] => [`${record.type}/${record.id}`, record]))
        const { writes, results } = decideAll(standing, upserts, yield* Clock.currentTimeMillis, cause)
        if (writes.length > 0) yield* log.append(writes)
        return results
      })

      const decidedHere = <A>(deciding: Effect.Effect<A, { readonly _tag: "Conflict" }>) =>
        deciding.pipe(Effect.retry({ times: 20 }), Effect.orDie, turn.withPermits(1))

      return Records.of({
        upsert: (upserts, cause) => decidedHere(attempt(upserts, cause)),
        remove: (key, cause) =>
          decidedHere(
            Effect.gen(function* () {
              const [before] = yield* findMany([key])
              if (before === undefined || before.deletedTs !== undefined) return false
              const now = yield* Clock.currentTimeMillis
              const { type, id, seq, body } = before
              const record = { type, id, seq: seq + 1, body, updatedTs: now, deletedTs: now }
              yield* log.append([newsOf("record.deleted", record, before, cause)])
              return true
            }),
          ),
        find: (key) => Effect.map(findMany([key]), ([record]) => record),
        findMany,
        search: ({ words, type, customer, statusKind, before, limit }) => {
          const query = words === undefined ? undefined : wordsQuery(words)
          if (words !== undefined && query === undefined) return Effect.succeed([])
          // A customer's name finds what is theirs, too, and a name from before a merge the customer of today.
          const found =
            query === undefined
              ? sql`true`
              : sql`(words @@ ${query.all}::tsquery
                  OR type = 'customer' AND id = ANY(ARRAY(SELECT id FROM named))
                  OR customer = ANY(ARRAY(SELECT customer_names(id) FROM named)))`
          const named =
            query === undefined
              ? sql``
              : sql`WITH named AS MATERIALIZED (SELECT DISTINCT customer_root(id) AS id FROM (
                  SELECT id FROM records WHERE type = 'customer' AND words @@ ${query.all}::tsquery LIMIT 100) n)`
          const exactly = (column: string, value: string | undefined) =>
            value === undefined ? sql`true` : sql`${sql(column)} = ${value}`
          return sql`${named} SELECT ${columns} FROM records r WHERE ${found} AND ${exactly("type", type)}
              AND ${customer === undefined ? sql`true` : sql`customer = ANY(ARRAY(SELECT customer_names(${customer})))`}
              AND ${exactly("status_kind", statusKind)} AND deleted_ts IS NULL AND NOT (type = 'customer' AND EXISTS (
                SELECT FROM customer_merges m WHERE m.loser = r.id AND m.undone_pos IS NULL))
              AND ${before === undefined ? sql`true` : sql`pos < ${BigInt(before)}`}
            ORDER BY pos DESC LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map(decodeRecord)),
            Effect.orDie,
          )
        },
        versions: ({ type, id }, { beforeSeq, limit }) =>
          sql`SELECT v.seq::float8 AS seq, v.pos::float8 AS pos, l.data FROM record_versions v
            JOIN business_log l USING (pos) WHERE v.type = ${type} AND v.id = ${id}
              AND ${beforeSeq === undefined ? sql`true` : sql`v.seq < ${BigInt(beforeSeq)}`}
            ORDER BY v.seq DESC LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map((row) => ({ ...decodeVersion({ type, id }, row), pos: Number(row["pos"]) }))),
            Effect.orDie,
          ),
        at: ({ type, id }, pos) =>
          sql`SELECT v.seq::float8 AS seq, l.data FROM record_versions v JOIN business_log l USING (pos)
            WHERE v.type = ${type} AND v.id = ${id} AND v.pos <= ${BigInt(pos)} ORDER BY v.seq DESC LIMIT 1`.pipe(
            Effect.map((rows) => rows.map((row) => decodeVersion({ type, id }, row))[0]),
            Effect.orDie,
          ),
      })
    }),
  )
}

/** What a version says, apart from when it was said and how often that changed. */
const bodyOf = ({ version: _, occurredAt: __, ...body }: RecordBody): JsonObject => body as unknown as JsonObject

const standingOf = ({ body, deletedTs }: RecordWrite) => ({
  version: body.version,
  body: bodyOf(body),
  deleted: deletedTs !== undefined,
})

/** The news hold the version itself: what is kept of it for ever. */
const newsOf = (
  type: string,
  record: RecordWrite,
  before: RecordWrite | undefined,
  cause: string | undefined,
): BusinessWrite => ({
  kind: "business",
  type,
  subject: `record/${record.type}/${record.id}`,
  data: {
    record: record.body as unknown as JsonObject,
    changed: before === undefined ? [] : changedBetween(bodyOf(before.body), bodyOf(record.body)),
    ...(record.deletedTs === undefined ? {} : { deletedTs: record.deletedTs }),
    updatedTs: record.updatedTs,
  },
  cause,
  at: record.updatedTs,
  record,
})

const newCustomer = ({ id, updatedTs }: RecordWrite, cause: string | undefined): BusinessWrite => ({
  kind: "business",
  type: "customer.created",
  subject: `customer/${id}`,
  data: { customer: id },
  cause,
  at: updatedTs,
})

type Row = Readonly<Record<string, unknown>>

const decodeBody = (json: unknown) => Schema.decodeUnknownSync(RecordBody)(json)

const decodeRecord = (row: Row): StoredRecord => ({
  type: String(row["type"]),
  id: String(row["id"]),
  seq: Number(row["seq"]),
  body: decodeBody(JSON.parse(String(row["json"]))),
  users: row["people"] as ReadonlyArray<UserId>,
  updatedTs: Number(row["updated_ts"]),
  deletedTs: (row["deleted_ts"] ?? undefined) as number | undefined,
  pos: Number(row["pos"]),
})

const decodeVersion = ({ type, id }: RecordKey, row: Row): RecordWrite => {
  const data = JSON.parse(String(row["data"])) as JsonObject
  return {
    type,
    id,
    seq: Number(row["seq"]),
    body: decodeBody(data["record"]),
    updatedTs: Number(data["updatedTs"]),
    deletedTs: data["deletedTs"] as number | undefined,
  }
}
