import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/profile"
import { GuestAccessForbidden, MissingParam, NotFound } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { Queries } from "../appservice/Queries.ts"
import { handler } from "../http/Handler.ts"
import { ProfileStore } from "../store/ProfileStore.ts"
import { setField, valueOf } from "./profileField.ts"

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
    if (requester.isGuest && keyName !== "displayname") {
      return yield* new GuestAccessForbidden({ error: "Guests have no more than a name" })
    }
    return yield* setField(requester, userId, keyName, yield* valueOf(keyName, body))
  }),
)

export const deleteProfileField = handler(contract.deleteProfileField, ({ params: { userId, keyName }, requester }) =>
  setField(requester, userId, keyName, undefined),
)

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
