/** Changes what people see of somebody, and tells them. Spec: client-server API, "Profiles". */
import { Clock, Effect } from "effect"
import { Forbidden, InvalidParam, KeyTooLarge } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import { Conversations } from "../conversation/Conversations.ts"
import { profileContent } from "../conversation/membership.ts"
import type { Requester } from "../http/Handler.ts"
import { ProfileStore } from "../store/ProfileStore.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { UserViews } from "../sync/UserViews.ts"

/** Those that member events hold a copy of. */
const shown: ReadonlySet<string> = new Set(["displayname", "avatar_url"])

export const setField = Effect.fnUntraced(function* (
  requester: Pick<Requester, "userId">,
  userId: UserId,
  field: string,
  value: Json | undefined,
) {
  if (userId !== requester.userId) return yield* new Forbidden({ error: "You can change your own profile only" })
  if (field.length > maxFieldLength) {
    return yield* new KeyTooLarge({ error: `A field's name has at most ${maxFieldLength} characters` })
  }
  if (!shown.has(field) && !namespaced.test(field)) {
    return yield* new InvalidParam({ error: "A field's name has words of a to z, 0 to 9, - and _ with dots between" })
  }
  yield* (yield* ProfileStore).setField(userId, field, value)
  if (shown.has(field)) yield* tellEveryone(userId)
  return {}
}, Effect.uninterruptible) // or the rooms would differ, were the client to go away

const maxFieldLength = 255
/** Spec: appendices, "Common Namespaced Identifier Grammar"; a name of one's own has a dot. */
const namespaced = /^[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$/

const maxNameLength = 256
const maxUriLength = 1000

/** What is sent for names and pictures is looked at, as it goes into events; nothing, said in any way, takes it away. */
export const valueOf = (field: string, body: JsonObject): Effect.Effect<Json | undefined, InvalidParam> => {
  const value = body[field]!
  if (!shown.has(field)) return Effect.succeed(value)
  if (value === null || value === "") return Effect.undefined
  const wrong = (error: string) => Effect.fail(new InvalidParam({ error }))
  if (typeof value !== "string" || !value.isWellFormed() || value.includes("\0")) return wrong(`${field} must be text`)
  if (field === "displayname") {
    return value.length > maxNameLength
      ? wrong(`A name has at most ${maxNameLength} characters`)
      : Effect.succeed(value)
  }
  return /^mxc:\/\/[^/]+\/[^/]+$/.test(value) && value.length <= maxUriLength
    ? Effect.succeed(value)
    : wrong("A picture is an mxc:// URI: upload it first")
}

/** Every room the user is in gets a member event, everyone who knows them a presence. Spec: "Profiles". */
const tellEveryone = Effect.fnUntraced(function* (userId: UserId) {
  const conversations = yield* Conversations
  const profile = yield* profileContent(userId)
  const user = yield* (yield* UserViews).get(userId)
  const content = { membership: "join", ...profile }
  const ts = yield* Clock.currentTimeMillis
  const joined = [...user.rooms].filter(([, { membership }]) => membership === "join")
  yield* Effect.forEach(
    joined,
    ([roomId]) =>
      conversations
        .send(roomId, { sender: userId, drafts: [{ type: "m.room.member", stateKey: userId, content }], ts })
        .pipe(Effect.ignore({ log: true })),
    { concurrency: 8, discard: true },
  )
  yield* (yield* Ephemeral).setProfile(userId, profile)
})

/** Gives somebody a name, or takes it away where it is empty. */
export const setDisplayName = (userId: UserId, name: string) =>
  Effect.flatMap(valueOf("displayname", { displayname: name }), (value) =>
    setField({ userId }, userId, "displayname", value),
  )
