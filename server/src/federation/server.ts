import { Clock, Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import { signingKeyFromSeed, signJson } from "@biz1/core/signatures"
import * as contract from "@biz1/protocol/federation/server"
import { MissingToken } from "@biz1/protocol/errors"
import { OpenIdTokens } from "../auth/OpenIdTokens.ts"
import { Signing } from "../conversation/Signing.ts"
import { handler, RawJson } from "../http/Handler.ts"
import manifest from "../../package.json" with { type: "json" }

/** Other servers take a key for valid no longer than seven days, whatever they are told. */
const validForMs = 24 * 60 * 60_000

const serverKeys = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const { serverName, key } = yield* Signing
  const expired = yield* Effect.orDie(sql`SELECT key_id, seed, expired_ts::float8 AS expired_ts FROM server_keys
    WHERE expired_ts IS NOT NULL`)
  const old = expired.map((row) => {
    const { keyId, publicKey } = signingKeyFromSeed(String(row["key_id"]), row["seed"] as Uint8Array)
    return [keyId, { key: publicKey, expired_ts: Number(row["expired_ts"]) }] as const
  })
  const keys = {
    server_name: serverName,
    valid_until_ts: (yield* Clock.currentTimeMillis) + validForMs,
    verify_keys: { [key.keyId]: { key: key.publicKey } },
    old_verify_keys: Object.fromEntries(old),
  }
  return new RawJson(JSON.stringify(signJson(keys, serverName, key)))
})

export const getServerKey = handler(contract.getServerKey, () => serverKeys)
export const getServerKeyById = handler(contract.getServerKeyById, () => serverKeys)

export const getFederationVersion = handler(contract.getFederationVersion, () =>
  Effect.succeed({ server: { name: "Biz1 Messenger", version: manifest.version } }),
)

export const exchangeOpenIdToken = handler(
  contract.exchangeOpenIdToken,
  Effect.fnUntraced(function* ({ query: { access_token: token } }) {
    if (token === undefined) return yield* new MissingToken({ error: "This needs the token that a user was given" })
    return { sub: yield* (yield* OpenIdTokens).ownerOf(token) }
  }),
)
