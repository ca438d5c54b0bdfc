/**
 * Writes mail about what stays unread: one for everything that came together, once it has waited for a while, and then
 * none for some time. What was read meanwhile is left out; a mail that is not taken is tried again. The queue is the one
 * of the push gateways, so that a node or a crash in between loses nothing. Spec: "Pushers", the kind `email`.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { EventId, UserId } from "@biz1/protocol/ids"
import { ServerConfig } from "../config.ts"
import type { EventEntry } from "../log/LogEntry.ts"
import { unreadDigest, type DigestRoom } from "../mail/digest.ts"
import { Mail } from "../mail/Mail.ts"
import { issuerOf } from "../oauth/metadata.ts"
import { patiently } from "../operations/outages.ts"
import { EventStore } from "../store/EventStore.ts"
import { ThirdPartyIds } from "../store/ThirdPartyIds.ts"
import { membershipOf, RoomViews } from "../sync/RoomViews.ts"
import { seen } from "../sync/SeenEvent.ts"
import { hidesInvite, UserViews } from "../sync/UserViews.ts"
import { type ClaimedPusher, claimPushers, putOff, releasePusher } from "./claimPushers.ts"
import { isRead } from "./notifications.ts"

export const unsubscribePath = "/email/unsubscribe"
const mailsAtOnce = 4
/** Of one mail. What is more is read in the app. */
const maxEvents = 500
const maxShownInRoom = 3
/** After a mail the next one takes this many times as long. */
const restFactor = 6
/** What has found no mail server for so long is nobody's news. */
const keepMs = 3 * 24 * 60 * 60_000

type Needed = PgClient.PgClient | EventStore | RoomViews | UserViews | ThirdPartyIds | ServerConfig

export class EmailDigests extends Context.Service<EmailDigests, {}>()("@biz1/server/push/EmailDigests") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const mail = yield* Mail
      if (mail.send === undefined) return EmailDigests.of({})
      const { send } = mail
      const services = yield* Effect.context<Needed>()
      const afterMs = (yield* ServerConfig).emailAfterSeconds * 1000

      const write = Effect.fnUntraced(function* (claimed: ClaimedPusher, now: number) {
        const sql = yield* PgClient.PgClient
        const { pusherId, userId, pusher, unsubscribe } = claimed
        const owner = yield* (yield* ThirdPartyIds).owner("email", pusher.pushkey)
        // The address is no longer theirs.
        if (owner !== userId) return yield* sql`DELETE FROM pushers WHERE pusher_id = ${BigInt(pusherId)}`
        const rows = yield* sql`SELECT pos, event_id FROM push_queue WHERE pusher_id = ${BigInt(pusherId)}
          AND queued_ts > ${BigInt(now - keepMs)} ORDER BY pos LIMIT ${maxEvents}`
        const told = yield* digestOf(
          userId,
          rows.map((row) => row["event_id"] as EventId | null).filter((id) => id !== null),
        )
        if (told.length > 0) {
          const config = yield* ServerConfig
          const base = issuerOf(config)
          const letter = unreadDigest({
            serverName: config.serverName,
            rooms: told,
            open: config.webDir === undefined ? undefined : base,
            unsubscribe: new URL(`${unsubscribePath}?token=${unsubscribe}`, base).href,
            // The same mail, should it leave twice, looks so to the one who gets it.
            id: `digest.${pusherId}.${String(rows.at(-1)!["pos"])}`,
          })
          const refused = yield* send(pusher.pushkey, letter).pipe(
            Effect.as(false),
            Effect.catch((error) =>
              Effect.as(Effect.logWarning("mail about what is unread was not sent", error), true),
            ),
          )
          if (refused) return yield* putOff(claimed, now)
          yield* sql`UPDATE pushers SET failures = 0, due_ts = ${BigInt(now + afterMs * restFactor)}
            WHERE pusher_id = ${BigInt(pusherId)}`
        }
        yield* sql`DELETE FROM push_queue WHERE pusher_id = ${BigInt(pusherId)}
          AND (pos <= ${(rows.at(-1)?.["pos"] ?? 0n) as bigint} OR queued_ts <= ${BigInt(now - keepMs)})`
      }, Effect.orDie)

      const round = Effect.gen(function* () {
        while (true) {
          const now = yield* Clock.currentTimeMillis
          const claim = { kind: "email", now, waitingSince: now - afterMs, atMost: mailsAtOnce } as const
          const claimed = yield* claimPushers(claim)
          if (claimed.length === 0) return
          yield* Effect.forEach(claimed, (one) => Effect.ensuring(write(one, now), releasePusher(one)), {
            concurrency: mailsAtOnce,
            discard: true,
          })
        }
      })
      yield* round.pipe(
        Effect.provide(services),
        patiently("write mail about what is unread"),
        Effect.andThen(Effect.sleep(Math.min(30_000, Math.max(250, afterMs / 4)))),
        Effect.forever,
        Effect.forkScoped,
      )
      return EmailDigests.of({})
    }),
  )
}

/** What of some events is still unread, by room. */
const digestOf = Effect.fnUntraced(function* (userId: UserId, eventIds: ReadonlyArray<EventId>) {
  const events = yield* (yield* EventStore).findMany(eventIds)
  const user = yield* (yield* UserViews).get(userId)
  const rooms = yield* RoomViews
  const byRoom = Map.groupBy(
    [...events].sort((a, b) => a.pos - b.pos),
    ({ event }) => event.roomId,
  )
  const told: Array<DigestRoom> = []
  for (const [roomId, entries] of byRoom) {
    const own = user.rooms.get(roomId)
    const room = yield* rooms.get(roomId)
    if (own === undefined || room === undefined) continue
    const invited = own.membership === "invite" && !hidesInvite(user, own)
    if (own.membership !== "join" && !invited) continue
    const unread: Array<EventEntry> = []
    for (const entry of entries) {
      if (entry.redactedBy !== undefined || user.ignored.has(entry.event.sender)) continue
      const waits = invited
        ? entry.event.eventId === own.eventId
        : entry.pos > own.sincePos && !(yield* isRead(user, room, seen(entry)))
      if (waits) unread.push(entry)
    }
    if (unread.length === 0) continue
    const nameOf = (member: UserId) => textIn(room.state.get("m.room.member", member)?.content["displayname"]) ?? member
    told.push({
      name: textIn(room.state.get("m.room.name", "")?.content["name"]),
      unread: unread.length,
      last: unread.slice(-maxShownInRoom).map((entry) => ({ sender: nameOf(entry.event.sender), text: textOf(entry) })),
      isMember: membershipOf(room, userId) === "join",
    })
  }
  return told
})

const textIn = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined)

/** Undefined where only the app can tell. */
const textOf = ({ event }: EventEntry) => (event.type === "m.room.message" ? textIn(event.content["body"]) : undefined)
