/**
 * Somebody who is logged in shows once more that it is them: by their password, or, where they sign in with another
 * provider, by signing in there. Spec: client-server API, "Password-based" and "Single Sign-On".
 */
import { Effect } from "effect"
import { Forbidden } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { Identifier } from "@biz1/protocol/uia"
import type { Requester } from "../http/Handler.ts"
import { Accounts } from "./Accounts.ts"
import { Interactive, type Asked, type Stage } from "./Interactive.ts"

export const passwordStage = "m.login.password"
export const ssoStage = "m.login.sso"

/** Passes when the requester has shown who they are. */
export const passOwn = Effect.fnUntraced(function* (asked: Asked & { readonly requester: Requester }) {
  const { requester } = asked
  // The users of an application service have no passwords: it has proved who it is. MSC4190.
  if (requester.appservice !== undefined) return
  const accounts = yield* Accounts
  const ways = yield* accounts.waysIn(requester.userId)
  const password: Stage = (given) => {
    const identifier = given["identifier"] as Identifier | undefined
    const name = userOf(identifier) ?? textOf(given["user"]) ?? requester.userId
    const userId = accounts.userIdOf(name)
    return userId === requester.userId
      ? accounts.verify(userId, String(given["password"] ?? ""))
      : Effect.fail(new Forbidden({ error: "The password must be your own" }))
  }
  const elsewhere: Stage = () => Effect.fail(new Forbidden({ error: "Sign in on the page in the browser first" }))
  const stages = {
    ...(ways.password ? { [passwordStage]: password } : {}),
    ...(ways.elsewhere ? { [ssoStage]: elsewhere } : {}),
  }
  yield* (yield* Interactive).pass(asked, { flows: Object.keys(stages).map((stage) => [stage]), stages })
})

/** Whom an identifier of type `m.id.user` means. */
export const userOf = (identifier: Identifier | undefined): UserId | string | undefined =>
  identifier?.type === "m.id.user" ? textOf(identifier["user"]) : undefined

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined)
