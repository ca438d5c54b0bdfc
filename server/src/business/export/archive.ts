/** What an archive holds: a piece of the events at a time as JSON lines and as a page, each followed by its files. */
import { Effect } from "effect"
import type { PgClient } from "@effect/sql-pg"
import { filesIn } from "@biz1/core/business/retention"
import type { RoomId, ServerName, UserId } from "@biz1/protocol/ids"
import type { EventEntry } from "../../log/LogEntry.ts"
import type { MediaStore } from "../../media/MediaStore.ts"
import { texts } from "../../store/columns.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"
import { page, pageName } from "./page.ts"
import type { Member } from "./tar.ts"

export type ExportSubject = { readonly conversation: RoomId } | { readonly user: UserId }

export interface Sources {
  readonly sql: PgClient.PgClient
  readonly store: MediaStore["Service"]
  readonly serverName: ServerName
}

const eventsPerPart = 200

const member = (name: string, text: string): Member => {
  const bytes = Buffer.from(text)
  return { name, sizeBytes: bytes.length, bytes: [bytes] }
}

const run = <A>(effect: Effect.Effect<A, unknown>) => Effect.runPromise(Effect.orDie(effect))

/** A conversation's main room comes before its lanes. */
const roomsOf = ({ sql }: Sources, subject: ExportSubject) =>
  ("user" in subject
    ? sql`SELECT room_id FROM memberships WHERE user_id = ${subject.user} ORDER BY room_id`
    : sql`SELECT room_id FROM conversations WHERE room_id = ${subject.conversation} OR main_room = ${subject.conversation}
        ORDER BY main_room NULLS FIRST, room_id`
  ).pipe(Effect.map((rows) => rows.map((row) => row["room_id"] as RoomId)))

const eventsAfter = ({ sql }: Sources, subject: ExportSubject, roomId: RoomId, seq: number) =>
  sql`SELECT ${eventColumns(sql)} FROM events e WHERE e.room_id = ${roomId} AND e.room_seq > ${BigInt(seq)}
      AND ${"user" in subject ? sql`e.sender = ${subject.user}` : sql`true`}
    ORDER BY e.room_seq LIMIT ${eventsPerPart}`.pipe(Effect.map((rows) => rows.map(decodeEventRow)))

/** Room after room, each in its order. */
async function* partsOf(sources: Sources, subject: ExportSubject): AsyncGenerator<ReadonlyArray<EventEntry>> {
  for (const roomId of await run(roomsOf(sources, subject))) {
    for (let [seq, more] = [0, true]; more;) {
      const entries = await run(eventsAfter(sources, subject, roomId, seq))
      if (entries.length > 0) yield entries
      more = entries.length === eventsPerPart
      seq = entries.at(-1)?.roomSeq ?? seq
    }
  }
}

/** Those that this server still has and gives out, by their content URIs. */
const filesOf = ({ sql, serverName }: Sources, named: ReadonlyArray<string>) => {
  const ours = `mxc://${serverName}/`
  const ids = named.flatMap((uri) => (uri.startsWith(ours) ? [uri.slice(ours.length)] : []))
  return sql`SELECT media_id, sha256, upload_name, size_bytes::float8 AS size_bytes FROM media
    WHERE media_id = ANY(${texts(ids)}::text[]) AND sha256 IS NOT NULL AND sha256 NOT IN (SELECT sha256 FROM quarantined_media)
    ORDER BY media_id`.pipe(
    Effect.map((rows) =>
      rows.map((row) => {
        const ending = /\.[A-Za-z0-9]{1,8}$/.exec(String(row["upload_name"] ?? ""))?.[0] ?? ""
        return {
          uri: `${ours}${String(row["media_id"])}`,
          name: `media/${String(row["media_id"]).slice(0, 80)}${ending}`,
          sha256: String(row["sha256"]),
          sizeBytes: Number(row["size_bytes"]),
        }
      }),
    ),
  )
}

const jsonLine = ({ event, redactedBy }: EventEntry) =>
  `${JSON.stringify({
    event_id: event.eventId,
    room_id: event.roomId,
    type: event.type,
    sender: event.sender,
    ...(event.stateKey === undefined ? {} : { state_key: event.stateKey }),
    origin_server_ts: event.originServerTs,
    content: event.content,
    ...(redactedBy === undefined ? {} : { redacted_by: redactedBy }),
  })}\n`

const titleOf = (subject: ExportSubject) => ("user" in subject ? subject.user : subject.conversation)

export async function* membersOf(sources: Sources, subject: ExportSubject): AsyncGenerator<Member> {
  const title = titleOf(subject)
  if ("user" in subject) yield member("account.json", await accountOf(sources, subject.user))
  const sent = new Set<string>()
  const parts = partsOf(sources, subject)
  let next = await parts.next()
  for (let part = 1; next.done !== true; part++) {
    const entries = next.value
    next = await parts.next()
    // What was redacted has no content, and names no files.
    const named = new Map(entries.map((entry) => [entry, filesIn(JSON.stringify(entry.event.content))] as const))
    const files = await run(filesOf(sources, [...new Set([...named.values()].flat())]))
    const nameOf = new Map(files.map(({ uri, name }) => [uri, name]))
    yield member(`events/${String(part).padStart(5, "0")}.jsonl`, entries.map(jsonLine).join(""))
    const lines = entries.map((entry) => ({
      roomId: entry.event.roomId,
      sender: entry.event.sender,
      type: entry.event.type,
      stateKey: entry.event.stateKey,
      at: entry.event.originServerTs,
      content: entry.event.content,
      redacted: entry.redactedBy !== undefined,
      file: named.get(entry)!.flatMap((uri) => nameOf.get(uri) ?? [])[0],
    }))
    yield member(pageName(part), page(title, lines, part, next.done === true))
    for (const { name, sha256, sizeBytes } of files) {
      if (sent.has(name)) continue
      sent.add(name)
      const bytes = await run(sources.store.open(sha256))
      if (bytes !== undefined) yield { name, sizeBytes, bytes }
    }
  }
}

/** What an account keeps of its owner, but for secrets. */
const accountOf = async ({ sql }: Sources, userId: UserId) => {
  const rows = <Row>(query: Effect.Effect<ReadonlyArray<Row>, unknown>) => run(query)
  const [account] = await rows(sql`SELECT user_id, profile, created_ts::float8 AS created_ts, deactivated FROM users
    WHERE user_id = ${userId}`)
  const devices = await rows(sql`SELECT device_id, display_name, last_seen_ts::float8 AS last_seen_ts, last_seen_ip
    FROM devices WHERE user_id = ${userId} ORDER BY device_id`)
  const data = await rows(sql`SELECT room_id, type, content FROM account_data WHERE user_id = ${userId}
    ORDER BY room_id, type`)
  const addresses = await rows(sql`SELECT medium, address FROM third_party_ids WHERE user_id = ${userId}
    ORDER BY medium, address`)
  const rooms = await rows(sql`SELECT room_id, membership FROM memberships WHERE user_id = ${userId} ORDER BY room_id`)
  const kept = data.map((row) => ({ ...row, content: JSON.parse(String(row["content"])) as unknown }))
  return JSON.stringify({ account, devices, addresses, rooms, account_data: kept }, undefined, 2)
}
