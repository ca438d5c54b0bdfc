import { Clock, Effect } from "effect"
import * as contract from "@biz1/protocol/client/profile"
import { Forbidden, InvalidParam, KeyTooLarge, MissingParam, NotFound } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import { Queries } from "../appservice/Queries.ts"
import { Conversations } from "../conversation/Conversations.ts"
import { profileContent } from "../conversation/membership.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { ProfileStore } from "../store/ProfileStore.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { UserViews } from "../sync/UserViews.ts"

const profileOf = Effect.fnUntraced(function* (userId: UserId) {
  const profile = yield* (yield* Queries).profile(userId)
  return profile ?? (yield* new NotFound({ error: "There is no such user here" }))
})

export const getUserProfile = handler(contract.getUserProfile, ({ params }) => profileOf(params.userId))

export const getProfileField = handler(
  contract.getProfileField,
  Effect.fnUntraced(function* ({ params: { userId, keyName } }) {
    const profile = yield* profileOf(userId)
    if (!Object.hasOwn(profile, keyName)) return yield* new NotFound({ error: "This user has not set that" })
    return { [keyName]: profile[keyName]! }
  }),
)

export const setProfileField = handler(
  contract.setProfileField,
  Effect.fnUntraced(function* ({ params: { userId, keyName }, body, requester }) {
    if (!Object.hasOwn(body, keyName)) return yield* new MissingParam({ error: `What ${keyName} is to be is missing` })
    return yield* setField(requester, userId, keyName, yield* valueOf(keyName, body))
  }),
)

export const deleteProfileField = handler(contract.deleteProfileField, ({ params: { userId, keyName }, requester }) =>
  setField(requester, userId, keyName, undefined),
)

/** Those that member events hold a copy of. */
const shown: ReadonlySet<string> = new Set(["displayname", "avatar_url"])

const setField = Effect.fnUntraced(function* (
  requester: Requester,
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
const valueOf = (field: string, body: JsonObject): Effect.Effect<Json | undefined, InvalidParam> => {
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

const maxResults = 50

export const searchUserDirectory = handler(
  contract.searchUserDirectory,
  Effect.fnUntraced(function* ({ body, requester }) {
    const limit = Math.min(body.limit ?? 10, maxResults)
    const found = yield* (yield* ProfileStore).search(body.search_term, limit + 1, requester.userId)
    return {
      limited: found.length > limit,
      results: found.slice(0, limit).map(({ userId, profile: { displayname, avatar_url: avatarUrl } }) => ({
        user_id: userId,
        ...(typeof displayname === "string" ? { display_name: displayname } : {}),
        ...(typeof avatarUrl === "string" ? { avatar_url: avatarUrl } : {}),
      })),
    }
  }),
)
