import { Effect, Option } from "effect"
import * as contract from "@biz1/protocol/client/thirdPartyIds"
import { foldedAddress, isEmailAddress } from "@biz1/protocol/emailAddress"
import { InvalidParam, ServerNotTrusted, ThirdPartyIdDenied, ThirdPartyIdInUse } from "@biz1/protocol/errors"
import type { Asked } from "../auth/Interactive.ts"
import { notConfirmed } from "../auth/emailStage.ts"
import { passOwn } from "../auth/ownIdentity.ts"
import { ServerConfig } from "../config.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { EmailValidations, type Asked as Mailing } from "../mail/EmailValidations.ts"
import { confirmContact, confirmRegistration, confirmReset, noAccount } from "../mail/letters.ts"
import { ThirdPartyIds } from "../store/ThirdPartyIds.ts"

export const getAccount3PIDs = handler(
  contract.getAccount3PIDs,
  Effect.fnUntraced(function* ({ requester }) {
    return { threepids: yield* (yield* ThirdPartyIds).ofUser(requester.userId) }
  }),
)

/** With an address one can take an account over: whoever adds one shows first that it is their account. */
const add = Effect.fnUntraced(function* (
  asked: Asked & { readonly requester: Requester },
  { sid, client_secret: clientSecret }: typeof contract.ValidationCredentials.Type,
) {
  yield* passOwn(asked)
  const address = yield* (yield* EmailValidations).take("contact", { sid, clientSecret })
  if (Option.isNone(address)) return yield* notConfirmed()
  yield* (yield* ThirdPartyIds).add(asked.requester.userId, address.value)
  return {}
})

export const add3PID = handler(contract.add3PID, (call) => add(call, call.body))

export const post3PIDs = handler(contract.post3PIDs, (call) => add(call, call.body.three_pid_creds))

export const bind3PID = handler(contract.bind3PID, () =>
  Effect.fail(new ServerNotTrusted({ error: "This server works with no identity server" })),
)

/** No identity server knows of an address through this one, so that there is none to ask. */
const unbound = { id_server_unbind_result: "no-support" as const }

export const delete3pidFromAccount = handler(
  contract.delete3pidFromAccount,
  Effect.fnUntraced(function* ({ body: { medium, address }, requester }) {
    yield* (yield* ThirdPartyIds).remove(requester.userId, medium, foldedAddress(address))
    return unbound
  }),
)

export const unbind3pidFromAccount = handler(contract.unbind3pidFromAccount, () => Effect.succeed(unbound))

interface Mailed {
  readonly client_secret: string
  readonly email: string
  readonly send_attempt: number
  readonly next_link?: string
}

/** Addresses are kept and compared in one form. */
const addressOf = (email: string) =>
  isEmailAddress(email)
    ? Effect.succeed(foldedAddress(email))
    : Effect.fail(new InvalidParam({ error: "That is no address of mail" }))

const notTaken = Effect.fnUntraced(function* (address: string) {
  if ((yield* (yield* ThirdPartyIds).owner("email", address)) !== undefined) {
    return yield* new ThirdPartyIdInUse({ error: "An account has this address already" })
  }
})

const begin = Effect.fnUntraced(function* (body: Mailed, asked: Pick<Mailing, "purpose" | "letter">) {
  const validations = yield* EmailValidations
  const sid = yield* validations.begin({
    ...asked,
    clientSecret: body.client_secret,
    address: yield* addressOf(body.email),
    attempt: body.send_attempt,
    nextLink: body.next_link,
  })
  return { sid }
})

/** Spec: the homeserver must check that the address is not an account's already. */
export const requestTokenTo3PIDEmail = handler(
  contract.requestTokenTo3PIDEmail,
  Effect.fnUntraced(function* ({ body }) {
    yield* notTaken(yield* addressOf(body.email))
    return yield* begin(body, { purpose: "contact", letter: confirmContact })
  }),
)

/** The answer is the same whether somebody has the address or not; the mail is not. */
export const requestTokenToResetPasswordEmail = handler(
  contract.requestTokenToResetPasswordEmail,
  Effect.fnUntraced(function* ({ body }) {
    const owner = yield* (yield* ThirdPartyIds).owner("email", yield* addressOf(body.email))
    return yield* begin(body, { purpose: "password", letter: owner === undefined ? noAccount : confirmReset })
  }),
)

/** Where an account has the address already, its owner learns so here: else somebody could not register and not know why. */
export const requestTokenToRegisterEmail = handler(
  contract.requestTokenToRegisterEmail,
  Effect.fnUntraced(function* ({ body }) {
    const { registrationEmail } = yield* ServerConfig
    if (registrationEmail === "off") {
      return yield* new ThirdPartyIdDenied({ error: "Create your account first, then add your address to it" })
    }
    yield* notTaken(yield* addressOf(body.email))
    return yield* begin(body, { purpose: "register", letter: confirmRegistration })
  }),
)

const noPhones = () => Effect.fail(new ThirdPartyIdDenied({ error: "This server knows people by no phone number" }))

export const requestTokenTo3PIDMSISDN = handler(contract.requestTokenTo3PIDMSISDN, noPhones)
export const requestTokenToResetPasswordMSISDN = handler(contract.requestTokenToResetPasswordMSISDN, noPhones)
export const requestTokenToRegisterMSISDN = handler(contract.requestTokenToRegisterMSISDN, noPhones)
