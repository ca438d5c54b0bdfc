import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/session"
import { noDevice } from "../appservice/Masquerade.ts"
import { Sessions } from "../auth/Sessions.ts"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"
import { providerId } from "../oauth/Upstream.ts"

export const getLoginFlows = handler(
  contract.getLoginFlows,
  Effect.fnUntraced(function* () {
    const { sso } = yield* ServerConfig
    const elsewhere =
      sso === undefined ? [] : [{ type: "m.login.sso", identity_providers: [{ id: providerId, name: sso.name }] }]
    return {
      flows: [
        { type: "m.login.password" },
        ...elsewhere,
        { type: "m.login.token", get_login_token: true },
        { type: "m.login.application_service" },
      ],
    }
  }),
)

export const logout = handler(
  contract.logout,
  Effect.fnUntraced(function* ({ requester: { userId, deviceId } }) {
    yield* (yield* Sessions).end(userId, { devices: [deviceId] })
    return {}
  }),
)

export const logoutAll = handler(
  contract.logoutAll,
  Effect.fnUntraced(function* ({ requester: { userId } }) {
    yield* (yield* Sessions).end(userId, { except: undefined })
    return {}
  }),
)

export const refresh = handler(
  contract.refresh,
  Effect.fnUntraced(function* ({ body }) {
    return yield* (yield* Sessions).refresh(body.refresh_token)
  }),
)

export const getTokenOwner = handler(contract.getTokenOwner, ({ requester: { userId, deviceId, isGuest } }) =>
  Effect.succeed({ user_id: userId, ...(deviceId === noDevice ? {} : { device_id: deviceId }), is_guest: isGuest }),
)
