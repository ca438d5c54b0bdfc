import { randomBytes } from "node:crypto"
import { Clock, Effect } from "effect"
import { powerLevels } from "@biz1/core/power"
import { roomVersions } from "@biz1/core/roomVersion"
import { upgradeRoom as contract } from "@biz1/protocol/client/upgradeRoom"
import { Forbidden, UnsupportedRoomVersion } from "@biz1/protocol/errors"
import type { RoomId } from "@biz1/protocol/ids"
import { ServerConfig } from "../config.ts"
import { Conversations } from "../conversation/Conversations.ts"
import { profileContent } from "../conversation/membership.ts"
import { takeSettingsAlong } from "../conversation/personalSettings.ts"
import { closedLevels, replacementContent, replacementDrafts } from "../conversation/upgradeRoom.ts"
import { handler } from "../http/Handler.ts"
import { Directory } from "../store/Directory.ts"
import { EventStore } from "../store/EventStore.ts"
import { roomAsMember } from "../sync/reading.ts"

export const upgradeRoom = handler(
  contract,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester: { userId }, requester }) {
    const room = yield* roomAsMember(roomId, requester)
    const version = roomVersions.get(body.new_version)
    if (version === undefined) {
      return yield* new UnsupportedRoomVersion({
        error: `Room versions here are ${[...roomVersions.keys()].join(", ")}`,
      })
    }
    const levels = room.state.get("m.room.power_levels", "")
    const power = powerLevels(room.version, room.state.get("m.room.create", "")!, levels)
    if (power.ofUser(userId) < power.toSend("m.room.tombstone", true)) {
      return yield* new Forbidden({ error: "You may not upgrade this room" })
    }

    const conversations = yield* Conversations
    const directory = yield* Directory
    const ts = yield* Clock.currentTimeMillis
    const [last] = yield* (yield* EventStore).latest(roomId, { upTo: Number.MAX_SAFE_INTEGER, limit: 1 })
    const upgrade = {
      old: { roomId, state: room.state, lastEvent: last?.event.eventId },
      version,
      creator: userId,
      wasAbove: power.ofUser(userId) === Number.POSITIVE_INFINITY,
      additionalCreators: body.additional_creators ?? [],
      profile: yield* profileContent(userId),
    }
    const replacement = yield* conversations.create({
      creator: userId,
      version,
      createContent: replacementContent(upgrade),
      drafts: () => replacementDrafts(upgrade),
      roomId: `!${randomBytes(14).toString("base64url")}:${(yield* ServerConfig).serverName}` as RoomId,
      ts,
    })

    const inOld = (type: string, content: Parameters<typeof closedLevels>[0]) =>
      conversations.send(roomId, { sender: userId, drafts: [{ type, stateKey: "", content }], ts })
    yield* inOld("m.room.tombstone", { body: "This room has been replaced", replacement_room: replacement })
    yield* directory.move(roomId, replacement)
    yield* takeSettingsAlong(userId, replacement)
    // What follows is a courtesy: whoever may close the room need not be allowed it.
    if (room.state.get("m.room.canonical_alias", "") !== undefined) {
      yield* inOld("m.room.canonical_alias", {}).pipe(Effect.catchTag("Forbidden", () => Effect.void))
    }
    yield* inOld("m.room.power_levels", closedLevels(levels?.content ?? {})).pipe(
      Effect.catchTag("Forbidden", () => Effect.void),
    )
    return { replacement_room: replacement }
  }),
)
