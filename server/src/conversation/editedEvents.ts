/** Who wrote what a message edits, and when: the rules ask, and the message itself does not say. */
import { Effect } from "effect"
import type { PgClient } from "@effect/sql-pg"
import { relationOf } from "@biz1/core/relation"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import { texts } from "../store/columns.ts"
import type { Draft, Send, Target } from "./decide.ts"

const editedBy = (draft: Draft): EventId | undefined => {
  if (draft.stateKey !== undefined || draft.edits !== undefined) return undefined
  const relation = relationOf(draft)
  return relation?.relType === "m.replace" ? relation.eventId : undefined
}

export const withEditedEvents = (sql: PgClient.PgClient, roomId: RoomId, send: Send): Effect.Effect<Send> => {
  const ids = send.drafts.map(editedBy).filter((id) => id !== undefined)
  if (ids.length === 0) return Effect.succeed(send)
  return sql`SELECT event_id, sender, origin_server_ts::float8 AS ts FROM events
    WHERE event_id = ANY(${texts(ids)}::text[]) AND room_id = ${roomId}`.pipe(
    Effect.orDie,
    Effect.map((rows) => {
      const targets = new Map(
        rows.map((row): [EventId, Target] => {
          const eventId = row["event_id"] as EventId
          return [eventId, { eventId, sender: row["sender"] as UserId, ts: Number(row["ts"]) }]
        }),
      )
      const drafts = send.drafts.map((draft) => ({ ...draft, edits: draft.edits ?? targets.get(editedBy(draft)!) }))
      return { ...send, drafts }
    }),
  )
}
