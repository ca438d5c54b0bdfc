/**
 * Guests in rooms: they come in where the room says that they may, and go when it says so no more.
 * Spec: client-server API, "Guest Access", "Server behaviour".
 */
import { Effect } from "effect"
import type { PgClient } from "@effect/sql-pg"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { guestAccess, isJoin } from "./closedToGuest.ts"
import type { Send } from "./decide.ts"

/** Says of a join whether it is a guest's, for the actor to decide. */
export const withGuest = (sql: PgClient.PgClient, send: Send): Effect.Effect<Send> =>
  send.drafts.some(isJoin)
    ? sql`SELECT 1 FROM users WHERE user_id = ${send.sender} AND is_guest`.pipe(
        Effect.map((rows) => ({ ...send, guest: rows.length > 0 })),
        Effect.orDie,
      )
    : Effect.succeed(send)

/** Which guests have to go after what was sent. */
export const guestsToGo = (sql: PgClient.PgClient, roomId: RoomId, { drafts }: Send) => {
  const closes = drafts.some((draft) => draft.type === guestAccess && draft.content["guest_access"] !== "can_join")
  const redacted = drafts.flatMap(({ redacts }) => (redacts === undefined ? [] : [redacts.eventId]))
  if (!closes && redacted.length === 0) return Effect.succeed<ReadonlyArray<UserId>>([])
  return sql`SELECT m.user_id FROM memberships m JOIN users u USING (user_id)
    WHERE m.room_id = ${roomId} AND m.membership = 'join' AND u.is_guest AND (${closes} OR EXISTS (
      SELECT FROM current_state s WHERE s.room_id = ${roomId} AND s.type = ${guestAccess} AND s.state_key = ''
        AND s.event_id = ANY(${redacted}::text[])))`.pipe(
    Effect.map((rows) => rows.map((row) => row["user_id"] as UserId)),
    Effect.orDie,
  )
}

export const goodbye = (guest: UserId, ts: number): Send => ({
  sender: guest,
  drafts: [{ type: "m.room.member", stateKey: guest, content: { membership: "leave" } }],
  platform: true,
  ts,
})
