/** A new password for who has forgotten the old one: they show that a mailbox of the account's is theirs. */
import { Effect, Option, Schema } from "effect"
import { MissingToken, ThirdPartyIdAuthFailed } from "@biz1/protocol/errors"
import { ValidationCredentials } from "@biz1/protocol/client/thirdPartyIds"
import type { UserId } from "@biz1/protocol/ids"
import type { AuthenticationData } from "@biz1/protocol/uia"
import { ServerConfig } from "../config.ts"
import { EmailValidations } from "../mail/EmailValidations.ts"
import { ThirdPartyIds } from "../store/ThirdPartyIds.ts"
import { Interactive } from "./Interactive.ts"

const stage = "m.login.email.identity"
const decode = Schema.decodeUnknownOption(ValidationCredentials)

/** Whose password may be set. Spec: client-server API, "Email-based (identity / homeserver)". */
export const passMail = Effect.fnUntraced(function* (auth: AuthenticationData | undefined) {
  if ((yield* ServerConfig).mail === undefined) {
    return yield* new MissingToken({ error: "This needs an access token: no mail can be sent from here" })
  }
  const validations = yield* EmailValidations
  const owners = yield* ThirdPartyIds
  const notConfirmed = new ThirdPartyIdAuthFailed({
    error: "The address has not been confirmed: follow the link in the mail",
  })
  let proven: UserId | undefined
  yield* (yield* Interactive).pass(auth, {
    operation: "resetPassword",
    flows: [[stage]],
    stages: {
      [stage]: Effect.fnUntraced(function* (given) {
        const credentials = decode(given["threepid_creds"] ?? given["threepidCreds"])
        if (Option.isNone(credentials)) return yield* notConfirmed
        const { sid, client_secret: clientSecret } = credentials.value
        const address = yield* validations.take("password", { sid, clientSecret })
        if (Option.isNone(address)) return yield* notConfirmed
        proven = yield* owners.owner("email", address.value)
        if (proven === undefined) return yield* notConfirmed
      }),
    },
  })
  // The one flow has the one stage: it was passed by this very request.
  return proven ?? (yield* notConfirmed)
})
