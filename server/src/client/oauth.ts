import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/oauth"
import { Unrecognized } from "@biz1/protocol/errors"
import { ServerConfig } from "../config.ts"
import { handler, type Call } from "../http/Handler.ts"
import { formerMetadataOf, isLoopback, issuerOf, metadataOf } from "../oauth/metadata.ts"

/** Where only this machine's own address is known, the links would lead all others nowhere: they have passwords. */
const issuerFor = Effect.fnUntraced(function* ({ request }: Pick<Call<unknown, unknown, unknown, "none">, "request">) {
  const issuer = issuerOf(yield* ServerConfig)
  const asked = URL.parse(`http://${request.headers.host ?? ""}`)?.hostname ?? ""
  if (isLoopback(new URL(issuer).hostname) && !isLoopback(asked)) {
    return yield* new Unrecognized({ error: "This server's public address has not been set" })
  }
  return issuer
})

type Asked = Parameters<typeof issuerFor>[0]
const metadata = (asked: Asked) => Effect.map(issuerFor(asked), (issuer) => ({ ...metadataOf(issuer) }))
const formerMetadata = (asked: Asked) => Effect.map(issuerFor(asked), (issuer) => ({ ...formerMetadataOf(issuer) }))

export const getAuthMetadata = handler(contract.getAuthMetadata, metadata)
export const getAuthorizationServer = handler(contract.getAuthorizationServer, metadata)
export const getAuthMetadataUnstable = handler(contract.getAuthMetadataUnstable, formerMetadata)
export const getOpenIdConfiguration = handler(contract.getOpenIdConfiguration, formerMetadata)
export const getAuthIssuer = handler(contract.getAuthIssuer, (call) =>
  Effect.map(issuerFor(call), (issuer) => ({ issuer })),
)
