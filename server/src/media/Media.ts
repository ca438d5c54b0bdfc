/**
 * Which file a media ID stands for, who may fill an ID, and who waits for one. Spec: "Content repository".
 * The bytes are in `MediaStore`, durable before a row names them.
 */
import { randomBytes } from "node:crypto"
import { Clock, Context, Deferred, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import {
  CannotOverwriteMedia,
  Forbidden,
  LimitExceeded,
  NotFound,
  NotYetUploaded,
  TooLarge,
  type Unavailable,
} from "@biz1/protocol/errors"
import type { ServerName, UserId } from "@biz1/protocol/ids"
import type { MediaId } from "@biz1/protocol/mxc"
import { Bus } from "../bus/Bus.ts"
import { ServerConfig } from "../config.ts"
import { cleanFileName } from "./contentDisposition.ts"
import { headBytes, servedType, sniff } from "./contentType.ts"
import type { MediaFile } from "./MediaFile.ts"
import { type BrokenOff, MediaStore } from "./MediaStore.ts"
import { RemoteMedia } from "./RemoteMedia.ts"

/** What a client sends. */
export interface Upload {
  readonly bytes: AsyncIterable<Uint8Array>
  /** If the client said beforehand. */
  readonly sizeBytes: number | undefined
  readonly contentType: string | undefined
  readonly name: string | undefined
}

type UploadError = TooLarge | BrokenOff | Unavailable

/** How long a download may wait for its upload, and how long it does unless told. */
const maxWaitMs = 60_000
const defaultWaitMs = 20_000

export class Media extends Context.Service<
  Media,
  {
    /** An ID to be filled later, until `expiresMs`. */
    readonly create: (
      userId: UserId,
    ) => Effect.Effect<{ readonly mediaId: MediaId; readonly expiresMs: number }, LimitExceeded>
    readonly upload: (userId: UserId, upload: Upload) => Effect.Effect<MediaId, UploadError>
    /** Fills an ID that the same user has created. */
    readonly uploadTo: (
      userId: UserId,
      serverName: ServerName,
      mediaId: MediaId,
      upload: Upload,
    ) => Effect.Effect<void, UploadError | NotFound | Forbidden | CannotOverwriteMedia>
    /** The file an ID stands for; waits a while for one that is on its way. */
    readonly find: (
      serverName: ServerName,
      mediaId: MediaId,
      timeoutMs?: number,
    ) => Effect.Effect<MediaFile, NotFound | NotYetUploaded>
  }
>()("@biz1/server/media/Media") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const bus = yield* Bus
      const store = yield* MediaStore
      const remote = yield* RemoteMedia
      const { serverName: ours, maxUploadBytes, limits } = yield* ServerConfig
      /** How many IDs one user may have that are still empty, and for how long; the specification recommends a day. */
      const maxPending = limits["emptyMedia.perUser"]
      const unusedMs = limits["emptyMedia.seconds"] * 1000

      const create = Effect.fnUntraced(
        function* (userId: UserId) {
          const now = yield* Clock.currentTimeMillis
          // One at a time for each user, or several at once would all find a place free.
          yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(${userId}, 2))`
          yield* sql`DELETE FROM media WHERE user_id = ${userId} AND sha256 IS NULL AND expires_ts <= ${BigInt(now)}`
          const [pending] = yield* sql`SELECT count(*)::int AS count, min(expires_ts)::float8 AS expires FROM media
            WHERE user_id = ${userId} AND sha256 IS NULL`
          if (Number(pending!["count"]) >= maxPending) {
            return yield* new LimitExceeded({
              error: `You have ${maxPending} uploads to finish before you begin another one`,
              retry_after_ms: pending!["expires"] === null ? unusedMs : Number(pending!["expires"]) - now,
            })
          }
          const mediaId = newMediaId()
          const expiresMs = now + unusedMs
          yield* sql`INSERT INTO media (media_id, user_id, created_ts, expires_ts)
            VALUES (${mediaId}, ${userId}, ${BigInt(now)}, ${BigInt(expiresMs)})`
          return { mediaId, expiresMs }
        },
        (effect) => sql.withTransaction(effect),
        Effect.catchTag("SqlError", Effect.die),
      )

      /** Keeps the bytes, and says what they are. */
      const receive = Effect.fnUntraced(function* (upload: Upload) {
        if ((upload.sizeBytes ?? 0) > maxUploadBytes) {
          return yield* new TooLarge({ error: `Files may have ${maxUploadBytes} bytes at most` })
        }
        const head: Array<Uint8Array> = []
        const stored = yield* store.put(keepingHead(upload.bytes, head), maxUploadBytes)
        const found = yield* Effect.promise(() => sniff(Buffer.concat(head)))
        const name = upload.name === undefined ? undefined : cleanFileName(upload.name)
        return { ...stored, contentType: servedType(upload.contentType, found), name } satisfies MediaFile
      })

      /* Uninterruptible but for the waiting inside `MediaStore`: what has been kept is also named. */
      const upload = Effect.fnUntraced(function* (userId: UserId, upload: Upload) {
        const file = yield* receive(upload)
        const mediaId = newMediaId()
        const now = yield* Clock.currentTimeMillis
        yield* sql`INSERT INTO media (media_id, user_id, content_type, upload_name, size_bytes, sha256, created_ts)
          VALUES (${mediaId}, ${userId}, ${file.contentType}, ${file.name ?? null}, ${BigInt(file.sizeBytes)},
            ${file.sha256}, ${BigInt(now)})`.pipe(Effect.orDie)
        return mediaId
      }, Effect.uninterruptible)

      const rowOf = Effect.fnUntraced(function* (mediaId: MediaId) {
        const [row] = yield* sql`SELECT user_id, content_type, upload_name, size_bytes::float8 AS size_bytes, sha256,
          expires_ts::float8 AS expires_ts, EXISTS (SELECT FROM quarantined_media q WHERE q.sha256 = media.sha256) AS
          quarantined FROM media WHERE media_id = ${mediaId}`.pipe(Effect.orDie)
        const now = yield* Clock.currentTimeMillis
        // An empty ID that has expired is as good as none; who creates another one clears it away.
        const expired = row !== undefined && row["sha256"] === null && Number(row["expires_ts"]) <= now
        return row === undefined || expired || row["quarantined"] === true
          ? yield* new NotFound({ error: "There is no such file" })
          : { owner: row["user_id"] as UserId, file: fileOf(row) }
      })

      const uploadTo = Effect.fnUntraced(function* (
        userId: UserId,
        serverName: ServerName,
        mediaId: MediaId,
        upload: Upload,
      ) {
        if (serverName !== ours) return yield* new NotFound({ error: "This server did not make that content URI" })
        const { owner, file: existing } = yield* rowOf(mediaId)
        if (owner !== userId) return yield* new Forbidden({ error: "This content URI is somebody else's to fill" })
        const filled = new CannotOverwriteMedia({ error: "There is a file at this content URI already" })
        if (existing !== undefined) return yield* filled
        const file = yield* receive(upload)
        const updated =
          yield* sql`UPDATE media SET content_type = ${file.contentType}, upload_name = ${file.name ?? null},
          size_bytes = ${BigInt(file.sizeBytes)}, sha256 = ${file.sha256}, expires_ts = NULL
          WHERE media_id = ${mediaId} AND sha256 IS NULL RETURNING media_id`.pipe(Effect.orDie)
        if (updated.length === 0) {
          yield* rowOf(mediaId) // it may have expired meanwhile
          return yield* filled
        }
        yield* bus.publish(uploaded(mediaId), "")
      }, Effect.uninterruptible)

      /** Waits until an upload to the ID is told, on whichever node it came in. */
      const arrival = (mediaId: MediaId, timeoutMs: number) =>
        Effect.gen(function* () {
          const arrived = yield* Deferred.make<void>()
          yield* bus.subscribe(uploaded(mediaId), () => Effect.asVoid(Deferred.succeed(arrived, undefined)))
          const { file } = yield* rowOf(mediaId) // it may have come just before we listened
          if (file === undefined) yield* Effect.timeoutOption(Deferred.await(arrived), timeoutMs)
        }).pipe(Effect.scoped)

      const find = Effect.fnUntraced(function* (
        serverName: ServerName,
        mediaId: MediaId,
        timeoutMs: number = defaultWaitMs,
      ) {
        const waitMs = Math.min(timeoutMs, maxWaitMs)
        if (serverName !== ours) return yield* remote.find(serverName, mediaId, waitMs)
        const now = yield* rowOf(mediaId)
        if (now.file !== undefined) return now.file
        yield* arrival(mediaId, waitMs)
        const later = yield* rowOf(mediaId)
        return later.file ?? (yield* new NotYetUploaded({ error: "This file has not been uploaded yet" }))
      })

      return Media.of({ create, upload, uploadTo, find })
    }),
  )
}

const newMediaId = () => randomBytes(18).toString("base64url") as MediaId

/** The subject on which a filled ID is told. */
const uploaded = (mediaId: MediaId) => `media.uploaded.${mediaId}`

const fileOf = (row: Readonly<Record<string, unknown>>): MediaFile | undefined =>
  row["sha256"] === null
    ? undefined
    : {
        sha256: row["sha256"] as string,
        sizeBytes: row["size_bytes"] as number,
        contentType: row["content_type"] as string,
        name: (row["upload_name"] ?? undefined) as string | undefined,
      }

/** Passes bytes on, and keeps as many of the first as tell a file's type. */
async function* keepingHead(bytes: AsyncIterable<Uint8Array>, head: Array<Uint8Array>) {
  let missing = headBytes
  for await (const chunk of bytes) {
    if (missing > 0) {
      head.push(chunk.subarray(0, missing))
      missing -= Math.min(missing, chunk.length)
    }
    yield chunk
  }
}
