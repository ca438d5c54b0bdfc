/** What a room may call itself. Spec: client-server API, "m.room.canonical_alias", "Server behaviour" of "Room Aliases". */
import { Effect, Schema } from "effect"
import { BadAlias, InvalidParam } from "@biz1/protocol/errors"
import { RoomAlias, type RoomId } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import type { Requester } from "../http/Handler.ts"
import { Directory } from "../store/Directory.ts"
import { roomAsMember } from "../sync/reading.ts"

const isAlias = Schema.is(RoomAlias)

/** Every alias that was not there before has to lead to this room. */
export const checkCanonicalAlias = Effect.fnUntraced(function* (
  roomId: RoomId,
  content: JsonObject,
  requester: Pick<Requester, "userId">,
) {
  const room = yield* roomAsMember(roomId, requester)
  const before = new Set(namesIn(room.state.get("m.room.canonical_alias", "")?.content ?? {}))
  const added = namesIn(content).filter((name) => !before.has(name))
  if (added.length === 0) return
  if (!added.every(isAlias)) return yield* new InvalidParam({ error: "An alias is #name:server" })
  const known = new Set<string>(yield* (yield* Directory).aliasesOf(roomId))
  const strange = added.find((alias) => !known.has(alias))
  if (strange !== undefined) return yield* new BadAlias({ error: `${strange} does not lead to this room` })
})

/** Nothing and an empty text both say that there is no main alias. */
export const namesIn = ({ alias, alt_aliases: others }: JsonObject): ReadonlyArray<Json> => [
  ...(alias === undefined || alias === null || alias === "" ? [] : [alias]),
  ...(others === undefined || others === null ? [] : Array.isArray(others) ? others : [others]),
]
