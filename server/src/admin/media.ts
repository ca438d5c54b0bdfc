import { Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import * as contract from "@biz1/protocol/admin/media"
import { defaultPage } from "@biz1/protocol/admin/page"
import { NotFound } from "@biz1/protocol/errors"
import { continued } from "./continued.ts"
import { operator } from "./operator.ts"

export const listUserMedia = operator(
  contract.listUserMedia,
  Effect.fnUntraced(function* ({ params: { userId }, query: { from = "", limit = defaultPage } }) {
    const sql = yield* PgClient.PgClient
    const rows = yield* sql`SELECT media_id, content_type, upload_name AS name, size_bytes::float8 AS size_bytes,
        created_ts::float8 AS created_ts, q.sha256 IS NOT NULL AS quarantined
      FROM media LEFT JOIN quarantined_media q USING (sha256)
      WHERE user_id = ${userId} AND media_id COLLATE "C" > ${from} ORDER BY media_id COLLATE "C" LIMIT ${limit}`.pipe(
      Effect.orDie,
    )
    const media = rows as unknown as ReadonlyArray<contract.File>
    return { media, ...continued(media, limit, ({ media_id: mediaId }) => mediaId) }
  }),
)

export const setMediaQuarantine = operator(
  contract.setMediaQuarantine,
  Effect.fnUntraced(function* ({ params: { mediaId }, body: { quarantined } }) {
    const sql = yield* PgClient.PgClient
    const [file] = yield* sql`SELECT sha256 FROM media WHERE media_id = ${mediaId} AND sha256 IS NOT NULL`.pipe(
      Effect.orDie,
    )
    if (file === undefined) return yield* new NotFound({ error: "There is no such file" })
    const sha256 = String(file["sha256"])
    yield* (
      quarantined
        ? sql`INSERT INTO quarantined_media (sha256) VALUES (${sha256}) ON CONFLICT DO NOTHING`
        : sql`DELETE FROM quarantined_media WHERE sha256 = ${sha256}`
    ).pipe(Effect.orDie)
    return {}
  }),
)
