import { Effect, Result } from "effect"
import * as contract from "@biz1/protocol/client/tags"
import { InvalidParam } from "@biz1/protocol/errors"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { handler } from "../http/Handler.ts"
import { AccountData } from "../sync/AccountData.ts"
import { own } from "./own.ts"

interface Place {
  readonly userId: UserId
  readonly roomId: RoomId
}
type Tags = Readonly<Record<string, JsonObject>>

const keyOf = ({ userId, roomId }: Place) => ({ userId, roomId, type: "m.tag" })
const tagsIn = (content: JsonObject | undefined) => (content?.["tags"] ?? {}) as Tags

const change = Effect.fnUntraced(function* (place: Place, to: (tags: Tags) => Tags) {
  yield* (yield* AccountData).modify(keyOf(place), (content) => Result.succeed({ tags: to(tagsIn(content)) }))
  return {}
})

export const getRoomTags = handler(
  contract.getRoomTags,
  Effect.fnUntraced(function* ({ params, requester }) {
    yield* own(requester, params.userId)
    return { tags: tagsIn(yield* (yield* AccountData).get(keyOf(params))) }
  }),
)

export const setRoomTag = handler(
  contract.setRoomTag,
  Effect.fnUntraced(function* ({ params, body, requester }) {
    const { tag } = params
    yield* own(requester, params.userId)
    if (Buffer.byteLength(tag) > maxTagBytes) {
      return yield* new InvalidParam({ error: `A tag has at most ${maxTagBytes} bytes` })
    }
    return yield* change(params, (tags) => ({ ...tags, [tag]: body }))
  }),
)

/** Spec: "The name of a tag MUST NOT exceed 255 bytes." */
const maxTagBytes = 255

export const deleteRoomTag = handler(
  contract.deleteRoomTag,
  Effect.fnUntraced(function* ({ params, requester }) {
    yield* own(requester, params.userId)
    return yield* change(params, ({ [params.tag]: _, ...others }) => others)
  }),
)
