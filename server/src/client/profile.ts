import { Clock, Effect } from "effect"
import * as contract from "@biz1/protocol/client/profile"
import { Forbidden, NotFound } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { Accounts, type Profile } from "../auth/Accounts.ts"
import { Conversations } from "../conversation/Conversations.ts"
import { profileContent } from "../conversation/membership.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { UserViews } from "../sync/UserViews.ts"

const profileOf = Effect.fnUntraced(function* (userId: UserId) {
  const profile = yield* (yield* Accounts).profile(userId)
  if (profile === undefined) return yield* new NotFound({ error: "There is no such user here" })
  return {
    ...(profile.displayname === undefined ? {} : { displayname: profile.displayname }),
    ...(profile.avatar_url === undefined ? {} : { avatar_url: profile.avatar_url }),
  }
})

export const getUserProfile = handler(contract.getUserProfile, ({ params }) => profileOf(params.userId))

export const getProfileField = handler(
  contract.getProfileField,
  Effect.fnUntraced(function* ({ params: { userId, keyName } }) {
    const value = (yield* profileOf(userId))[keyName]
    if (value === undefined) return yield* new NotFound({ error: "This user has not set that" })
    return { [keyName]: value }
  }),
)

const setField = Effect.fnUntraced(function* (
  requester: Requester,
  userId: UserId,
  field: keyof Profile,
  value: string | undefined,
) {
  if (userId !== requester.userId) return yield* new Forbidden({ error: "You can change your own profile only" })
  yield* (yield* Accounts).setProfile(userId, field, value)
  yield* tellRooms(userId)
  return {}
})

/** A member event holds a copy of the profile: every room the user is in gets a new one. */
const tellRooms = Effect.fnUntraced(function* (userId: UserId) {
  const conversations = yield* Conversations
  const user = yield* (yield* UserViews).get(userId)
  const content = { membership: "join", ...(yield* profileContent(userId)) }
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
})

export const setProfileField = handler(contract.setProfileField, ({ params: { userId, keyName }, body, requester }) =>
  setField(requester, userId, keyName, body[keyName] ?? undefined),
)

export const deleteProfileField = handler(contract.deleteProfileField, ({ params: { userId, keyName }, requester }) =>
  setField(requester, userId, keyName, undefined),
)

const maxResults = 50

export const searchUserDirectory = handler(
  contract.searchUserDirectory,
  Effect.fnUntraced(function* ({ body, requester }) {
    const limit = Math.min(body.limit ?? 10, maxResults)
    const found = yield* (yield* Accounts).search(body.search_term, limit + 1, requester.userId)
    return {
      limited: found.length > limit,
      results: found.slice(0, limit).map(({ userId, displayname, avatar_url: avatarUrl }) => ({
        user_id: userId,
        ...(displayname === undefined ? {} : { display_name: displayname }),
        ...(avatarUrl === undefined ? {} : { avatar_url: avatarUrl }),
      })),
    }
  }),
)

export const getPresence = handler(
  contract.getPresence,
  Effect.fnUntraced(function* ({ params: { userId } }) {
    const presence = (yield* Ephemeral).presence(userId)
    if (presence === undefined) return { presence: "offline" as const }
    return {
      presence: presence.presence,
      last_active_ago: Math.max(0, (yield* Clock.currentTimeMillis) - presence.lastActiveMs),
      currently_active: presence.presence === "online",
      ...(presence.statusMsg === undefined ? {} : { status_msg: presence.statusMsg }),
    }
  }),
)

export const setPresence = handler(
  contract.setPresence,
  Effect.fnUntraced(function* ({ params: { userId }, body, requester }) {
    if (userId !== requester.userId) return yield* new Forbidden({ error: "You can set your own presence only" })
    yield* (yield* Ephemeral).setPresence(userId, body.presence, {
      statusMsg: body.status_msg ?? undefined,
      active: true,
    })
    return {}
  }),
)
