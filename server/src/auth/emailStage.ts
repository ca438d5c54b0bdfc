/**
 * The stage that shows whose mailbox is whose: the client refers to a mail whose link was followed.
 * Spec: client-server API, "Email-based (identity / homeserver)".
 */
import { Effect, Option, Schema } from "effect"
import { ThirdPartyIdAuthFailed } from "@biz1/protocol/errors"
import { ValidationCredentials } from "@biz1/protocol/client/thirdPartyIds"
import type { AuthenticationData } from "@biz1/protocol/uia"
import { EmailValidations, type Purpose } from "../mail/EmailValidations.ts"

export const emailStage = "m.login.email.identity"

const decode = Schema.decodeUnknownOption(ValidationCredentials)

export const notConfirmed = () =>
  new ThirdPartyIdAuthFailed({ error: "The address has not been confirmed: follow the link in the mail" })

/** The address, which is good once. */
export const confirmedAddress = Effect.fnUntraced(function* (purpose: Purpose, given: AuthenticationData) {
  const credentials = decode(given["threepid_creds"] ?? given["threepidCreds"])
  if (Option.isNone(credentials)) return yield* notConfirmed()
  const { sid, client_secret: clientSecret } = credentials.value
  const address = yield* (yield* EmailValidations).take(purpose, { sid, clientSecret })
  return Option.isNone(address) ? yield* notConfirmed() : address.value
})
