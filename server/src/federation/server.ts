import { Effect } from "effect"
import * as contract from "@biz1/protocol/federation/server"
import { MissingToken } from "@biz1/protocol/errors"
import { OpenIdTokens } from "../auth/OpenIdTokens.ts"
import { handler, RawJson } from "../http/Handler.ts"
import { serverKeys } from "./serverKeys.ts"
import manifest from "../../package.json" with { type: "json" }

const publishedKeys = Effect.map(serverKeys, (keys) => new RawJson(JSON.stringify(keys)))

export const getServerKey = handler(contract.getServerKey, () => publishedKeys)
export const getServerKeyById = handler(contract.getServerKeyById, () => publishedKeys)

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
