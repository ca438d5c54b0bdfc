/** State whose truth the room's own rules do not see: whether an alias leads here, whether somebody takes invites. */
import { Effect, Schema } from "effect"
import { type RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { Requester } from "../http/Handler.ts"
import { checkCanonicalAlias } from "./checkCanonicalAlias.ts"
import { acceptsInvite } from "./invitePermission.ts"

interface Sending {
  readonly roomId: RoomId
  readonly requester: Pick<Requester, "userId">
  readonly type: string
  readonly stateKey?: string | undefined
  readonly content: JsonObject
}

const isUserId = Schema.is(UserId)

export const checkState = Effect.fnUntraced(function* ({ roomId, requester, type, stateKey, content }: Sending) {
  if (type === "m.room.canonical_alias" && stateKey === "") yield* checkCanonicalAlias(roomId, content, requester)
  if (type === "m.room.member" && content["membership"] === "invite" && isUserId(stateKey)) {
    yield* acceptsInvite(stateKey)
  }
})
