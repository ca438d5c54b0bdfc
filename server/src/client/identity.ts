import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/identity"
import { Forbidden } from "@biz1/protocol/errors"
import { LoginTokens } from "../auth/LoginTokens.ts"
import { OpenIdTokens } from "../auth/OpenIdTokens.ts"
import { passOwn } from "../auth/ownIdentity.ts"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"

export const requestOpenIdToken = handler(
  contract.requestOpenIdToken,
  Effect.fnUntraced(function* ({ params: { userId }, requester }) {
    if (userId !== requester.userId) return yield* new Forbidden({ error: "You can only prove who you are yourself" })
    const { token, expiresInSeconds } = yield* (yield* OpenIdTokens).issue(userId)
    const { serverName } = yield* ServerConfig
    return {
      access_token: token,
      token_type: "Bearer" as const,
      matrix_server_name: serverName,
      expires_in: expiresInSeconds,
    }
  }),
)

export const generateLoginToken = handler(
  contract.generateLoginToken,
  Effect.fnUntraced(function* (call) {
    yield* passOwn(call)
    return yield* (yield* LoginTokens).issue(call.requester.userId)
  }),
)
