/** Exports: asked for, made in the background by one node, fetched for some days, and then gone. */
import { randomBytes } from "node:crypto"
import { Readable } from "node:stream"
import { createGzip } from "node:zlib"
import { Clock, Context, Effect, Layer, Queue, Schedule } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { ServerConfig } from "../../config.ts"
import { MediaStore } from "../../media/MediaStore.ts"
import { patiently } from "../../operations/outages.ts"
import { onOneNode } from "../retention/onOneNode.ts"
import { type ExportSubject, membersOf } from "./archive.ts"
import { tar } from "./tar.ts"

export interface Export {
  readonly id: string
  readonly subject: ExportSubject
  readonly state: "running" | "done" | "failed"
  readonly askedTs: number
  readonly sha256: string | undefined
  readonly sizeBytes: number | undefined
  readonly problem: string | undefined
}

const maxBytes = 2 ** 40

export class Exports extends Context.Service<
  Exports,
  {
    readonly ask: (subject: ExportSubject, by: string) => Effect.Effect<Export>
    readonly find: (id: string) => Effect.Effect<Export | undefined>
    /** The newest first. */
    readonly list: Effect.Effect<ReadonlyArray<Export>>
    /** Its archive; undefined where that is gone, or not there yet. */
    readonly open: (one: Export) => Effect.Effect<Readable | undefined>
  }
>()("@biz1/server/business/export/Exports") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const store = yield* MediaStore
      const { serverName, limits } = yield* ServerConfig
      const keepMs = limits["exports.keepDays"] * 24 * 60 * 60_000
      const columns = sql.literal(
        "id, subject, state, asked_ts::float8 AS asked_ts, sha256, size_bytes::float8 AS size_bytes, problem",
      )

      const make = Effect.fnUntraced(function* ({ id, subject }: Export) {
        const now = yield* Clock.currentTimeMillis
        const archive = Readable.from(tar(membersOf({ sql, store, serverName }, subject), now), { objectMode: false })
        const zipped = createGzip()
        archive.once("error", (error) => zipped.destroy(error))
        yield* store.put(archive.pipe(zipped), maxBytes).pipe(
          Effect.flatMap(
            ({ sha256, sizeBytes }) => sql`UPDATE exports SET state = 'done', sha256 = ${sha256},
              size_bytes = ${BigInt(sizeBytes)} WHERE id = ${id}`,
          ),
          Effect.catchTag(["TooLarge", "BrokenOff", "Unavailable"], (error) =>
            Effect.andThen(
              Effect.logWarning("an export failed", error, { id }),
              sql`UPDATE exports SET state = 'failed', problem = ${"error" in error ? error.error : "It broke off"}
                WHERE id = ${id}`,
            ),
          ),
        )
      })

      /** One after the other, so that exports take no more of the server than one does. */
      const step = Effect.gen(function* () {
        const [next] = yield* sql`SELECT ${columns} FROM exports WHERE state = 'running' ORDER BY asked_ts, id LIMIT 1`
        if (next === undefined) return false
        yield* make(decode(next))
        return true
      })

      const forget = Effect.gen(function* () {
        const before = BigInt((yield* Clock.currentTimeMillis) - keepMs)
        const gone = yield* sql`DELETE FROM exports WHERE asked_ts < ${before} AND state <> 'running' RETURNING sha256`
        for (const { sha256 } of gone) {
          if (typeof sha256 !== "string") continue
          const others = yield* sql`SELECT FROM media WHERE sha256 = ${sha256}
            UNION ALL SELECT FROM exports WHERE sha256 = ${sha256}`
          if (others.length === 0) yield* store.remove(sha256)
        }
      })

      const asked = yield* Queue.sliding<void>(1)
      yield* Effect.andThen(forget, onOneNode("exports", step)).pipe(
        patiently("make exports"),
        Effect.andThen(Effect.timeoutOption(Queue.take(asked), "60 seconds")),
        Effect.repeat(Schedule.forever),
        Effect.forkScoped,
      )

      const find = (id: string) =>
        sql`SELECT ${columns} FROM exports WHERE id = ${id}`.pipe(
          Effect.map((rows) => rows.map(decode)[0]),
          Effect.orDie,
        )

      return Exports.of({
        ask: Effect.fnUntraced(function* (subject, by) {
          const id = randomBytes(12).toString("base64url")
          const now = BigInt(yield* Clock.currentTimeMillis)
          const text = "user" in subject ? `user/${subject.user}` : `conversation/${subject.conversation}`
          yield* sql`INSERT INTO exports (id, subject, state, asked_by, asked_ts)
            VALUES (${id}, ${text}, 'running', ${by}, ${now})`
          yield* Queue.offer(asked, undefined)
          return (yield* find(id))!
        }, Effect.orDie),
        find,
        list: sql`SELECT ${columns} FROM exports ORDER BY asked_ts DESC, id LIMIT 200`.pipe(
          Effect.map((rows) => rows.map(decode)),
          Effect.orDie,
        ),
        open: ({ state, sha256 }) => (state === "done" && sha256 !== undefined ? store.open(sha256) : Effect.undefined),
      })
    }),
  )
}

const decode = (row: Readonly<Record<string, unknown>>): Export => {
  const subject = String(row["subject"])
  const rest = subject.slice(subject.indexOf("/") + 1)
  return {
    id: String(row["id"]),
    subject: subject.startsWith("user/") ? { user: rest as UserId } : { conversation: rest as RoomId },
    state: row["state"] as Export["state"],
    askedTs: Number(row["asked_ts"]),
    sha256: (row["sha256"] ?? undefined) as string | undefined,
    sizeBytes: (row["size_bytes"] ?? undefined) as number | undefined,
    problem: (row["problem"] ?? undefined) as string | undefined,
  }
}
