/** The room that somebody names by its id or by an alias. */
import { Effect } from "effect"
import { InvalidParam, NotFound } from "@biz1/protocol/errors"
import type { RoomAlias, RoomId } from "@biz1/protocol/ids"
import { Queries } from "../appservice/Queries.ts"

export const roomIdOf = Effect.fnUntraced(function* (idOrAlias: string) {
  if (idOrAlias.startsWith("!")) return idOrAlias as RoomId
  if (!idOrAlias.startsWith("#")) {
    return yield* new InvalidParam({ error: "A room is named by its id, !…, or an alias, #…" })
  }
  const found = yield* (yield* Queries).room(idOrAlias as RoomAlias)
  if (found === undefined) return yield* new NotFound({ error: "No room has this alias" })
  return found.roomId
})
