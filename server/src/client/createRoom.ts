import { randomBytes } from "node:crypto"
import { Clock, Effect } from "effect"
import { permits } from "@biz1/core/business/roles"
import { roomVersions } from "@biz1/core/roomVersion"
import { CONVERSATION, LANE, SERVICE_LOCALPART } from "@biz1/protocol/business/names"
import { createRoom as contract } from "@biz1/protocol/client/createRoom"
import { BadAlias, Forbidden, InvalidParam, RoomInUse, UnsupportedRoomVersion } from "@biz1/protocol/errors"
import type { RoomAlias, RoomId, UserId } from "@biz1/protocol/ids"
import { mayTakeAlias } from "../appservice/authority.ts"
import { Roles } from "../business/roles/Roles.ts"
import { ServerConfig } from "../config.ts"
import { Conversations } from "../conversation/Conversations.ts"
import { createContent, roomDrafts, type NewRoom } from "../conversation/createRoom.ts"
import { namesIn } from "../conversation/checkCanonicalAlias.ts"
import { userOfAddress } from "../conversation/inviteByAddress.ts"
import { acceptsInvite } from "../conversation/invitePermission.ts"
import { profileContent } from "../conversation/membership.ts"
import { handler } from "../http/Handler.ts"
import { Directory } from "../store/Directory.ts"

export const createRoom = handler(
  contract,
  Effect.fnUntraced(function* ({ body, requester }) {
    const config = yield* ServerConfig
    const directory = yield* Directory
    const version = roomVersions.get(body.room_version ?? config.defaultRoomVersion)
    if (version === undefined) {
      return yield* new UnsupportedRoomVersion({
        error: `Room versions here are ${[...roomVersions.keys()].join(", ")}`,
      })
    }
    const alias = yield* aliasOf(body.room_alias_name)
    if (alias !== undefined) yield* mayTakeAlias(alias, requester)
    if (alias !== undefined && (yield* directory.find(alias)) !== undefined) {
      return yield* new RoomInUse({ error: "Another room has this alias already" })
    }
    const strange = aliasesIn(body.initial_state ?? []).find((name) => name !== alias)
    if (strange !== undefined) return yield* new BadAlias({ error: `${String(strange)} does not lead to this room` })
    const byAddress = yield* Effect.forEach(body.invite_3pid ?? [], userOfAddress)
    const invite = [...new Set([...(body.invite ?? []), ...byAddress])].filter((userId) => userId !== requester.userId)
    const { personOf } = yield* Roles
    if (requester.appservice === undefined && !permits(personOf(requester.userId), "converse")) {
      return yield* new Forbidden({ error: "Your role in the organisation does not let you make rooms" })
    }
    const reserved = body.initial_state?.find(({ type }) => type === CONVERSATION || type === LANE)
    if (reserved !== undefined) {
      return yield* new Forbidden({ error: `Only the server writes ${reserved.type}` })
    }
    // All of a room is made or nothing: one who takes no invites keeps it from being made.
    yield* Effect.forEach(invite, acceptsInvite, { discard: true })
    const room: NewRoom = {
      creator: requester.userId,
      version,
      preset: body.preset ?? (body.visibility === "public" ? "public_chat" : "private_chat"),
      creationContent: body.creation_content ?? {},
      serviceUser: `@${SERVICE_LOCALPART}:${config.serverName}` as UserId,
      invite,
      isDirect: body.is_direct === true,
      name: body.name,
      topic: body.topic,
      alias,
      initialState: body.initial_state ?? [],
      powerLevels: body.power_level_content_override,
      profiles: new Map(
        yield* Effect.forEach([requester.userId, ...invite], (userId) =>
          Effect.map(profileContent(userId), (profile) => [userId, profile] as const),
        ),
      ),
    }
    const roomId = yield* (yield* Conversations).create({
      creator: requester.userId,
      version,
      createContent: createContent(room),
      drafts: () => roomDrafts(room),
      roomId: `!${randomBytes(14).toString("base64url")}:${config.serverName}` as RoomId,
      ts: yield* Clock.currentTimeMillis,
    })
    if (alias !== undefined) yield* directory.put(alias, roomId, requester.userId)
    if (body.visibility === "public") yield* directory.publish(roomId, true)
    return { room_id: roomId }
  }),
)

/** A room that is being made has no alias but the one that it is made with. */
const aliasesIn = (state: NewRoom["initialState"]) =>
  state
    .filter(({ type, state_key: stateKey = "" }) => type === "m.room.canonical_alias" && stateKey === "")
    .flatMap(({ content }) => namesIn(content))

const aliasOf = Effect.fnUntraced(function* (name: string | undefined) {
  if (name === undefined) return undefined
  const { serverName } = yield* ServerConfig
  const alias = `#${name}:${serverName}`
  if (name === "" || /[\s:#\0]/.test(name) || alias.length > 255) {
    return yield* new InvalidParam({ error: "An alias has neither spaces nor : nor #, and at most 255 characters" })
  }
  return alias as RoomAlias
})
