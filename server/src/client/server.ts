import type { IncomingMessage } from "node:http"
import { Effect, Schema } from "effect"
import { roomVersions } from "@biz1/core/roomVersion"
import * as contract from "@biz1/protocol/client/server"
import { NotFound } from "@biz1/protocol/errors"
import { ServerName } from "@biz1/protocol/ids"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"

export const getWellknown = handler(
  contract.getWellknown,
  Effect.fnUntraced(function* ({ request }) {
    const { publicBaseUrl = originAsked(request) } = yield* ServerConfig
    if (publicBaseUrl === undefined) return yield* new NotFound({ error: "This server's address has not been set" })
    return { "m.homeserver": { base_url: publicBaseUrl } }
  }),
)

/** Where no address is set, that by which the caller came is one that works. */
const originAsked = ({ headers: { host, "x-forwarded-proto": scheme } }: IncomingMessage) =>
  isServerName(host) ? `${scheme === "https" ? "https" : "http"}://${host}` : undefined
const isServerName = Schema.is(ServerName)

export const getWellknownSupport = handler(
  contract.getWellknownSupport,
  Effect.fnUntraced(function* () {
    const { email, page } = (yield* ServerConfig).support
    if (email === undefined && page === undefined) {
      return yield* new NotFound({ error: "Nobody to turn to has been named for this server" })
    }
    return {
      ...(email === undefined ? {} : { contacts: [{ email_address: email, role: "m.role.admin" as const }] }),
      ...(page === undefined ? {} : { support_page: page }),
    }
  }),
)

export const getWellknownPolicy = handler(contract.getWellknownPolicy, () =>
  Effect.fail(new NotFound({ error: "This is no policy server" })),
)

export const getCapabilities = handler(
  contract.getCapabilities,
  Effect.fnUntraced(function* ({ requester }) {
    const { defaultRoomVersion, mail } = yield* ServerConfig
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
        "m.3pid_changes": { enabled: mail !== undefined },
        ...(requester.isAdmin ? { "m.account_moderation": { suspend: true, lock: true } } : {}),
        "m.get_login_token": { enabled: true },
        "m.forget_forced_upon_leave": { enabled: false },
      },
    }
  }),
)
