/** What clients do beside the provider's own paths: they register, and they end logins. */
import { Clock, Effect, Result } from "effect"
import * as contract from "@biz1/protocol/oauth"
import { Sessions } from "../auth/Sessions.ts"
import { readForm } from "../http/body.ts"
import { Content, handler } from "../http/Handler.ts"
import { OAuthRecords } from "./OAuthRecords.ts"
import { checkRegistration, clientIdOf } from "./registration.ts"

const json = (status: number, body: object) =>
  new Content(
    { "content-type": "application/json", "cache-control": "no-store" },
    Buffer.from(JSON.stringify(body)),
    status,
  )

/** A client that nobody has logged in with is forgotten after this time. */
const unusedClientMs = 30 * 24 * 60 * 60_000

export const registerClient = handler(
  contract.registerClient,
  Effect.fnUntraced(function* ({ body }) {
    const checked = checkRegistration(body)
    if (Result.isFailure(checked)) return json(400, checked.failure)
    const clientId = clientIdOf(checked.success)
    const records = yield* OAuthRecords
    const known = yield* records.get("Client", clientId)
    const metadata = known?.content ?? {
      ...checked.success,
      client_id: clientId,
      client_id_issued_at: Math.floor((yield* Clock.currentTimeMillis) / 1000),
    }
    if (known === undefined) yield* records.put("Client", clientId, { content: metadata, lifetimeMs: unusedClientMs })
    else yield* records.prolong("Client", clientId, unusedClientMs)
    return json(201, metadata)
  }),
)

/**
 * Whoever has a token may end its login, whichever client they are: a token that has leaked should be worth nothing
 * soon. Spec: "Token revocation"; RFC 7009.
 */
export const revokeToken = handler(
  contract.revokeToken,
  Effect.fnUntraced(function* ({ request }) {
    const token = (yield* readForm(request)).get("token")
    if (token === null) return json(400, { error: "invalid_request", error_description: "the token is missing" })
    const records = yield* OAuthRecords
    const found = (yield* records.get("AccessToken", token)) ?? (yield* records.get("RefreshToken", token))
    if (found?.userId !== undefined && found.deviceId !== undefined) {
      yield* (yield* Sessions).end(found.userId, { devices: [found.deviceId] })
    }
    return {}
  }),
)
