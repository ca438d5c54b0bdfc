import { Effect, Option } from "effect"
import * as contract from "@biz1/protocol/client/thirdPartyIds"
import { foldedAddress } from "@biz1/protocol/emailAddress"
import { ServerNotTrusted, ThirdPartyIdDenied } from "@biz1/protocol/errors"
import type { Asked } from "../auth/Interactive.ts"
import { notConfirmed } from "../auth/emailStage.ts"
import { passOwn } from "../auth/ownIdentity.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { EmailValidations } from "../mail/EmailValidations.ts"
import { requestMail } from "../mail/requestMail.ts"
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

export const requestTokenTo3PIDEmail = handler(contract.requestTokenTo3PIDEmail, ({ body }) =>
  requestMail("contact", body),
)

export const requestTokenToResetPasswordEmail = handler(contract.requestTokenToResetPasswordEmail, ({ body }) =>
  requestMail("password", body),
)

export const requestTokenToRegisterEmail = handler(contract.requestTokenToRegisterEmail, ({ body }) =>
  requestMail("register", body),
)

const noPhones = () => Effect.fail(new ThirdPartyIdDenied({ error: "This server knows people by no phone number" }))

export const requestTokenTo3PIDMSISDN = handler(contract.requestTokenTo3PIDMSISDN, noPhones)
export const requestTokenToResetPasswordMSISDN = handler(contract.requestTokenToResetPasswordMSISDN, noPhones)
export const requestTokenToRegisterMSISDN = handler(contract.requestTokenToRegisterMSISDN, noPhones)
