/**
 * What somebody has to show and agree to before they have an account, by the server's settings.
 * Spec: client-server API, "Account registration", "Token-authenticated registration", "Terms of service at registration".
 */
import { Effect } from "effect"
import { ThirdPartyIdInUse, Unauthorized } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { ServerConfig } from "../config.ts"
import { ThirdPartyIds } from "../store/ThirdPartyIds.ts"
import { Accounts } from "./Accounts.ts"
import { confirmedAddress, emailStage } from "./emailStage.ts"
import type { Flows, Passed } from "./Interactive.ts"
import { RegistrationTokens } from "./RegistrationTokens.ts"
import { policiesOf, rememberAccepted } from "./terms.ts"

export const tokenStage = "m.login.registration_token"
export const termsStage = "m.login.terms"
export const dummyStage = "m.login.dummy"

/** Who may make an account, and how. A new server has to have its owner before it can have rules for others. */
export const registrationRules = Effect.gen(function* () {
  const { registration, registrationEmail, terms } = yield* ServerConfig
  return (yield* (yield* Accounts).isEmpty)
    ? ({ registration: "open", email: "off", terms: undefined } as const)
    : { registration, email: registrationEmail, terms }
})
export type RegistrationRules = Effect.Success<typeof registrationRules>

export const checkToken = Effect.fnUntraced(function* (token: string) {
  if (yield* (yield* RegistrationTokens).isValid(token)) return token
  return yield* new Unauthorized({ error: "This registration token is not valid" })
})

/** The stages, of which a client finds those that it knows. */
type Needs = Effect.Services<ReturnType<typeof checkToken | typeof confirmedFree>>

export const registrationFlows = ({ registration, email, terms }: RegistrationRules): Flows<Needs> => {
  const always = [
    ...(registration === "token" ? [tokenStage] : []),
    ...(terms === undefined ? [] : [termsStage]),
    ...(email === "required" ? [emailStage] : []),
  ]
  const shortest = always.length === 0 ? [dummyStage] : always
  const flows = email === "optional" ? [shortest, [...always, emailStage]] : [shortest]
  return {
    flows,
    stages: {
      ...(shortest !== always && { [dummyStage]: () => Effect.void }),
      ...(registration === "token" && { [tokenStage]: (given) => checkToken(String(given["token"] ?? "")) }),
      ...(terms !== undefined && { [termsStage]: () => Effect.void }),
      ...(email !== "off" && { [emailStage]: confirmedFree }),
    },
    ...(terms !== undefined && { params: { [termsStage]: { policies: policiesOf(terms) } } }),
  }
}

const confirmedFree = Effect.fnUntraced(function* (given: Parameters<typeof confirmedAddress>[1]) {
  const address = yield* confirmedAddress("register", given)
  if ((yield* (yield* ThirdPartyIds).owner("email", address)) === undefined) return address
  return yield* new ThirdPartyIdInUse({ error: "An account has this address already" })
})

/** Takes one use from the token that was shown. */
export const redeemToken = Effect.fnUntraced(function* (passed: Passed) {
  const token = passed[tokenStage]
  if (token !== undefined) yield* (yield* RegistrationTokens).use(token)
})

/** Keeps with the new account what its owner has shown and agreed to. */
export const keepShown = Effect.fnUntraced(function* (userId: UserId, passed: Passed, { terms }: RegistrationRules) {
  if (terms !== undefined && passed[termsStage] !== undefined) yield* rememberAccepted(userId, terms)
  const address = passed[emailStage]
  // Of two that register with one address at a time, the second has its account without it.
  if (address !== undefined) yield* Effect.ignore((yield* ThirdPartyIds).add(userId, address), { log: true })
})
