/** The part of a commit that is about the business: what a room is, its links, and what its messages are about. */
import type { PgClient } from "@effect/sql-pg"
import { linksOf } from "@biz1/core/business/links"
import { CONVERSATION, LANE, RECORDS } from "@biz1/protocol/business/names"
import { isJsonObject, type Json, type JsonObject } from "@biz1/protocol/json"
import { booleans, integers } from "../store/columns.ts"
import type { EventWrite } from "./LogEntry.ts"
import { columnsOf, lastOf, type Positioned } from "./positioned.ts"

const text = (value: Json | undefined) => (typeof value === "string" ? value : null)
const object = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})

export const writeConversations = (sql: PgClient.PgClient, events: ReadonlyArray<Positioned<EventWrite>>) => {
  const current = events.filter(({ write }) => write.current)
  const ofType = (...types: ReadonlyArray<string>) => current.filter(({ write }) => types.includes(write.event.type))
  const ords = (of: ReadonlyArray<Positioned<unknown>>) => integers(of.map(({ ord }) => ord))

  const rooms = lastOf(
    ofType(CONVERSATION, LANE).filter(({ write }) => text(write.event.content["kind"]) !== null),
    ({ event }) => event.roomId,
  )
  const keyed = events.filter(({ write }) => write.uniqueKey !== undefined)
  const linking = lastOf(ofType(RECORDS), ({ event }) => `${event.roomId}\0${event.stateKey}`)
  const links = linking.flatMap(({ write, ord }) =>
    linksOf(write.event.content).map((link) => ({ write: { event: write.event, link }, ord })),
  )
  const about = events.flatMap(({ write, ord }) => write.records.map((record) => ({ write: record, ord })))
  const redacted = events.filter(({ write }) => write.applies !== undefined)

  const room = columnsOf(rooms)
  const key = columnsOf(keyed)
  const set = columnsOf(linking)
  const link = columnsOf(links)
  const record = columnsOf(about)
  return sql`conversations_set AS (
    INSERT INTO conversations (room_id, kind, lane, main_room, primary_type, primary_id, title, open, pos)
    SELECT c.room_id, c.kind, c.lane, c.main_room, c.primary_type, c.primary_id, c.title, c.open, n.base + c.ord
    FROM n, unnest(
      ${room(({ event }) => event.roomId)}::text[],
      ${room(({ event }) => text(event.content["kind"]))}::text[],
      ${room(({ event }) => (event.type === LANE ? text(event.content["name"]) : null))}::text[],
      ${room(({ event }) => (event.type === LANE ? text(event.content["of"]) : null))}::text[],
      ${room(({ event }) => text(object(event.content["primary"])["type"]))}::text[],
      ${room(({ event }) => text(object(event.content["primary"])["id"]))}::text[],
      ${room(({ event }) => text(event.content["title"]))}::text[],
      ${booleans(rooms.map(({ write }) => object(write.event.content["policy"])["open"] === true))}::boolean[],
      ${ords(rooms)}::bigint[]
    ) AS c (room_id, kind, lane, main_room, primary_type, primary_id, title, open, ord)
    ON CONFLICT (room_id) DO UPDATE SET kind = excluded.kind, lane = excluded.lane, main_room = excluded.main_room,
      primary_type = excluded.primary_type, primary_id = excluded.primary_id, title = excluded.title,
      open = excluded.open, pos = excluded.pos
  ), keys_taken AS (
    INSERT INTO conversation_keys (unique_key, room_id) SELECT k.* FROM n, unnest(
      ${key(({ uniqueKey }) => uniqueKey!)}::text[],
      ${key(({ event }) => event.roomId)}::text[]
    ) AS k
  ), links_gone AS (
    DELETE FROM record_links l USING n, unnest(
      ${set(({ event }) => event.roomId)}::text[],
      ${set(({ event }) => event.stateKey!)}::text[]
    ) AS w (room_id, writer) WHERE l.room_id = w.room_id AND l.writer = w.writer
  ), links_redacted AS (
    DELETE FROM record_links l USING n, unnest(
      ${columnsOf(redacted)(({ event }) => event.roomId)}::text[],
      ${columnsOf(redacted)(({ applies }) => applies!)}::text[]
    ) AS r (room_id, event_id) WHERE l.room_id = r.room_id AND l.event_id = r.event_id
  ), links_made AS (
    INSERT INTO record_links (type, id, room_id, event_id, writer, role, pos)
    SELECT l.type, l.id, l.room_id, l.event_id, l.writer, l.role, n.base + l.ord FROM n, unnest(
      ${link((made) => made.link.type)}::text[],
      ${link((made) => made.link.id)}::text[],
      ${link(({ event }) => event.roomId)}::text[],
      ${link(({ event }) => event.eventId)}::text[],
      ${link(({ event }) => event.stateKey!)}::text[],
      ${link((made) => made.link.role)}::text[],
      ${ords(links)}::bigint[]
    ) AS l (type, id, room_id, event_id, writer, role, ord)
  ), messages_about AS (
    INSERT INTO message_records (type, id, pos)
    SELECT a.type, a.id, n.base + a.ord FROM n, unnest(
      ${record(({ type }) => type)}::text[],
      ${record(({ id }) => id)}::text[],
      ${ords(about)}::bigint[]
    ) AS a (type, id, ord)
  )`
}
