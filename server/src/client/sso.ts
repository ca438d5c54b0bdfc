import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/sso"
import { InvalidParam, MissingParam, NotFound } from "@biz1/protocol/errors"
import { ServerConfig } from "../config.ts"
import { Content, handler } from "../http/Handler.ts"
import { issuerOf } from "../oauth/metadata.ts"
import { withContinue } from "../oauth/pages/operation.ts"
import { clientUrlOf, ssoPage } from "../oauth/pages/sso.ts"
import { providerId } from "../oauth/Upstream.ts"

interface Query {
  readonly redirectUrl?: string
  readonly action?: string
}

/** Without another provider the person signs in here, or makes the account that the client says they want. */
const lead = Effect.fnUntraced(function* ({ redirectUrl, action }: Query) {
  if (redirectUrl === undefined) return yield* new MissingParam({ error: "redirectUrl says where to go on" })
  const url = clientUrlOf(redirectUrl)
  if (url === undefined) return yield* new InvalidParam({ error: "redirectUrl must be a URL that can be gone to" })
  const config = yield* ServerConfig
  const here = action === "register" ? "/oauth2/sign-up" : "/oauth2/sign-in"
  const path = config.sso === undefined ? here : "/oauth2/upstream"
  const location = new URL(withContinue(path, ssoPage(url.href)), issuerOf(config)).href
  return new Content({ location, "cache-control": "no-store" }, Buffer.alloc(0), 302)
})

export const redirectToSSO = handler(contract.redirectToSSO, ({ query }) => lead(query))

export const redirectToIdP = handler(
  contract.redirectToIdP,
  Effect.fnUntraced(function* ({ params, query }) {
    const { sso } = yield* ServerConfig
    if (sso === undefined || params.idpId !== providerId) {
      return yield* new NotFound({ error: "There is no such identity provider here" })
    }
    return yield* lead(query)
  }),
)
