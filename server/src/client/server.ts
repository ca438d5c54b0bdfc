import { Effect } from "effect"
import { roomVersions } from "@biz1/core/roomVersion"
import * as contract from "@biz1/protocol/client/server"
import { NotFound } from "@biz1/protocol/errors"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"

export const getWellknown = handler(
  contract.getWellknown,
  Effect.fnUntraced(function* () {
    const { publicBaseUrl } = yield* ServerConfig
    if (publicBaseUrl === undefined) return yield* new NotFound({ error: "This server's address has not been set" })
    return { "m.homeserver": { base_url: publicBaseUrl } }
  }),
)

export const getCapabilities = handler(
  contract.getCapabilities,
  Effect.fnUntraced(function* ({ requester }) {
    const { defaultRoomVersion } = yield* ServerConfig
    return {
      capabilities: {
        "m.room_versions": {
          default: defaultRoomVersion,
          available: Object.fromEntries([...roomVersions.keys()].map((version) => [version, "stable"])),
        },
        "m.change_password": { enabled: true },
        "m.set_displayname": { enabled: true },
        "m.set_avatar_url": { enabled: true },
        "m.profile_fields": { enabled: true },
        "m.3pid_changes": { enabled: false },
        ...(requester.isAdmin ? { "m.account_moderation": { suspend: true, lock: true } } : {}),
        "m.get_login_token": { enabled: false },
      },
    }
  }),
)
