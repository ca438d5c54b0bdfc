/**
 * Which records a conversation is about, as the platform says it: one state event of the service user, changed one link
 * at a time. Of two changes at once the later is made again on top of the earlier.
 */
import { Clock, Context, Effect, Layer, Schedule } from "effect"
import { keyText, type Link, linksOf, MAX_LINKS, type RecordKey } from "@biz1/core/business/links"
import { holdingOn } from "@biz1/core/business/mergedLinks"
import { RECORDS } from "@biz1/protocol/business/names"
import { InvalidParam, NotFound } from "@biz1/protocol/errors"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { Conversations, type SendError } from "../../conversation/Conversations.ts"
import type { Draft } from "../../conversation/decide.ts"
import { membershipOf, type RoomView, RoomViews } from "../../sync/RoomViews.ts"
import { BusinessConversations } from "./BusinessConversations.ts"
import { linksDraft } from "./businessRoom.ts"

/** How those wait who were overtaken: at another node, what overtook them may be heard of a little later. */
const turns = Schedule.exponential("2 millis", 1.5).pipe(Schedule.jittered, Schedule.upTo({ times: 20 }))

type Change = (links: ReadonlyArray<Link>) => ReadonlyArray<Link>

export class Links extends Context.Service<
  Links,
  {
    /** All links of a room, by whoever made them. */
    readonly of: (room: RoomView) => ReadonlyArray<Link & { readonly writer: UserId }>
    /** Sets or renews one. `by` lets the platform into a room of its people's own that it is not in yet. */
    readonly put: (roomId: RoomId, link: Link, by: UserId | undefined) => Effect.Effect<void, SendError>
    readonly remove: (roomId: RoomId, key: RecordKey) => Effect.Effect<void, SendError>
    /** All of the platform's at once; nothing is said where the same ones come back. */
    readonly change: (roomId: RoomId, change: Change) => Effect.Effect<void, SendError>
  }
>()("@biz1/server/business/conversations/Links") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const conversations = yield* Conversations
      const rooms = yield* RoomViews
      const { serviceUser } = yield* BusinessConversations

      const attempt = Effect.fnUntraced(function* (roomId: RoomId, change: Change, by: UserId | undefined) {
        const room = yield* rooms.get(roomId)
        if (room === undefined) return yield* new NotFound({ error: "There is no such conversation" })
        const before = room.state.get(RECORDS, serviceUser)
        const standing = before === undefined ? [] : linksOf(before.content)
        const links = change(standing)
        if (links === standing) return
        if (links.length > MAX_LINKS) {
          return yield* new InvalidParam({ error: `A conversation is about at most ${MAX_LINKS} records` })
        }
        const draft: Draft = { ...linksDraft(serviceUser, links), follows: before?.eventId ?? "nothing" }
        yield* conversations.send(roomId, {
          sender: serviceUser,
          drafts: [...letIn(room, serviceUser, by), draft],
          platform: true,
          ts: yield* Clock.currentTimeMillis,
        })
      })

      const changing = (roomId: RoomId, change: Change, by: UserId | undefined) =>
        attempt(roomId, change, by).pipe(
          Effect.retry({ schedule: turns, while: (error) => error._tag === "ConcurrentWrite" }),
        )

      return Links.of({
        of: (room) =>
          [...room.state.ofType(RECORDS).values()].flatMap(({ content, stateKey }) =>
            linksOf(content).map((link) => ({ ...link, writer: stateKey as UserId })),
          ),
        put: (roomId, link, by) =>
          changing(
            roomId,
            (links) => {
              const before = links.find((other) => keyText(other) === keyText(link))
              return [...links.filter((other) => other !== before), holdingOn(link, before)]
            },
            by,
          ),
        remove: (roomId, key) =>
          changing(roomId, (links) => links.filter((other) => keyText(other) !== keyText(key)), undefined),
        change: (roomId, change) => changing(roomId, change, undefined),
      })
    }),
  )
}

/** Into rooms that people made themselves the service user comes when there is something to link. */
const letIn = (room: RoomView, serviceUser: UserId, by: UserId | undefined): ReadonlyArray<Draft> => {
  if (membershipOf(room, serviceUser) === "join") return []
  const joining = { type: "m.room.member", stateKey: serviceUser, content: { membership: "join", displayname: "Biz1" } }
  if (by === undefined) return [joining]
  return [{ ...joining, content: { membership: "invite" }, sender: by }, joining]
}
