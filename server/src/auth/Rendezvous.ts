/**
 * Where two devices of one person meet to sign the new one in by a QR code: a few kilobytes that either may read and
 * replace for some minutes. What they say is encrypted; who knows the address may take part. MSC4108, MSC4388.
 */
import { randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { ConcurrentWrite, LimitExceeded, NotFound } from "@biz1/protocol/errors"

export const maxBytes = 4096
const lifetimeMs = 5 * 60_000
const maxMeetings = 10_000

/** One version of what is said at a meeting. */
export interface Said {
  /** Names the version: who replaces it must have seen it. */
  readonly etag: string
  readonly modifiedMs: number
  readonly expiresMs: number
}

export class Rendezvous extends Context.Service<
  Rendezvous,
  {
    readonly open: (data: Buffer) => Effect.Effect<Said & { readonly id: string }, LimitExceeded>
    readonly read: (id: string) => Effect.Effect<Said & { readonly data: Buffer }, NotFound>
    readonly replace: (id: string, seen: string, data: Buffer) => Effect.Effect<Said, NotFound | ConcurrentWrite>
    readonly close: (id: string) => Effect.Effect<void, NotFound>
  }
>()("@biz1/server/auth/Rendezvous") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const gone = () => Effect.fail(new NotFound({ error: "There is no such meeting, or it is over" }))
      const version = Effect.map(Clock.currentTimeMillis, (now): Said => ({
        etag: randomBytes(12).toString("base64url"),
        modifiedMs: now,
        expiresMs: now + lifetimeMs,
      }))

      const open = Effect.fnUntraced(function* (data: Buffer) {
        const said = yield* version
        const id = randomBytes(24).toString("base64url")
        yield* sql`DELETE FROM rendezvous WHERE expires_ts <= ${BigInt(said.modifiedMs)}`.pipe(Effect.orDie)
        const rows = yield* sql`INSERT INTO rendezvous (id, etag, content_type, body, modified_ts, expires_ts)
          SELECT ${id}, ${said.etag}, 'text/plain', ${data}, ${BigInt(said.modifiedMs)}, ${BigInt(said.expiresMs)}
          WHERE (SELECT count(*) FROM rendezvous) < ${maxMeetings} RETURNING id`.pipe(Effect.orDie)
        if (rows.length === 0) return yield* new LimitExceeded({ error: "Too many devices are being signed in now" })
        return { id, ...said }
      })

      const read = Effect.fnUntraced(function* (id: string) {
        const now = yield* Clock.currentTimeMillis
        const [row] = yield* sql`SELECT etag, body, modified_ts::float8 AS modified_ts, expires_ts::float8 AS expires_ts
          FROM rendezvous WHERE id = ${id} AND expires_ts > ${BigInt(now)}`.pipe(Effect.orDie)
        if (row === undefined) return yield* gone()
        return {
          etag: String(row["etag"]),
          data: Buffer.from(row["body"] as Uint8Array),
          modifiedMs: Number(row["modified_ts"]),
          expiresMs: Number(row["expires_ts"]),
        }
      })

      const replace = Effect.fnUntraced(function* (id: string, seen: string, data: Buffer) {
        const said = yield* version
        const rows = yield* sql`UPDATE rendezvous SET etag = ${said.etag}, body = ${data},
            modified_ts = ${BigInt(said.modifiedMs)}, expires_ts = ${BigInt(said.expiresMs)}
          WHERE id = ${id} AND etag = ${seen} AND expires_ts > ${BigInt(said.modifiedMs)} RETURNING id`.pipe(
          Effect.orDie,
        )
        if (rows.length > 0) return said
        yield* read(id)
        return yield* new ConcurrentWrite({ error: "The other device has said something else by now: read it first" })
      })

      const close = Effect.fnUntraced(function* (id: string) {
        const rows = yield* sql`DELETE FROM rendezvous WHERE id = ${id} RETURNING id`.pipe(Effect.orDie)
        if (rows.length === 0) return yield* gone()
      })

      return Rendezvous.of({ open, read, replace, close })
    }),
  )
}
