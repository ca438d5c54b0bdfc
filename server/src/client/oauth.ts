import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/oauth"
import { Unrecognized } from "@biz1/protocol/errors"
import { ServerConfig } from "../config.ts"
import { handler, type Call } from "../http/Handler.ts"
import { isLoopback, issuerOf, metadataOf } from "../oauth/metadata.ts"

/** Without a public address the links would lead nowhere for all but those on this machine. */
const issuerFor = Effect.fnUntraced(function* ({ request }: Pick<Call<unknown, unknown, unknown, "none">, "request">) {
  const config = yield* ServerConfig
  const asked = URL.parse(`http://${request.headers.host ?? ""}`)?.hostname ?? ""
  if (config.publicBaseUrl === undefined && !isLoopback(asked)) {
    return yield* new Unrecognized({ error: "This server's public address has not been set" })
  }
  return issuerOf(config)
})

const metadata = (call: Pick<Call<unknown, unknown, unknown, "none">, "request">) =>
  Effect.map(issuerFor(call), (issuer) => ({ ...metadataOf(issuer) }))

export const getAuthMetadata = handler(contract.getAuthMetadata, metadata)
export const getAuthMetadataUnstable = handler(contract.getAuthMetadataUnstable, metadata)
export const getOpenIdConfiguration = handler(contract.getOpenIdConfiguration, metadata)
export const getAuthorizationServer = handler(contract.getAuthorizationServer, metadata)
export const getAuthIssuer = handler(contract.getAuthIssuer, (call) =>
  Effect.map(issuerFor(call), (issuer) => ({ issuer })),
)
