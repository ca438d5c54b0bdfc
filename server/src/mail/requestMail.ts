/** Sends the mail by which somebody shows that an address is theirs, where they may have it for that purpose. */
import { Effect } from "effect"
import { foldedAddress, isEmailAddress } from "@biz1/protocol/emailAddress"
import { InvalidParam, ThirdPartyIdDenied, ThirdPartyIdInUse } from "@biz1/protocol/errors"
import { ServerConfig } from "../config.ts"
import { ThirdPartyIds } from "../store/ThirdPartyIds.ts"
import { EmailValidations, type Purpose } from "./EmailValidations.ts"
import { confirmContact, confirmRegistration, confirmReset, noAccount } from "./letters.ts"

export interface Mailed {
  readonly client_secret: string
  readonly email: string
  readonly send_attempt: number
  readonly next_link?: string
}

const letters = { contact: confirmContact, register: confirmRegistration, password: confirmReset }

export const requestMail = Effect.fnUntraced(function* (purpose: Purpose, body: Mailed) {
  if (!isEmailAddress(body.email)) return yield* new InvalidParam({ error: "That is no address of mail" })
  // Addresses are kept and compared in one form.
  const address = foldedAddress(body.email)
  if (purpose === "register" && (yield* ServerConfig).registrationEmail === "off") {
    return yield* new ThirdPartyIdDenied({ error: "Create your account first, then add your address to it" })
  }
  const owner = yield* (yield* ThirdPartyIds).owner("email", address)
  // Spec: the homeserver must check that the address is not an account's already.
  if (purpose !== "password" && owner !== undefined) {
    return yield* new ThirdPartyIdInUse({ error: "An account has this address already" })
  }
  const sid = yield* (yield* EmailValidations).begin({
    purpose,
    // The answer is the same whether somebody has the address or not; the mail is not.
    letter: purpose === "password" && owner === undefined ? noAccount : letters[purpose],
    clientSecret: body.client_secret,
    address,
    attempt: body.send_attempt,
    nextLink: body.next_link,
  })
  return { sid }
})
