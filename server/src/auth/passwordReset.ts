/** A new password for who has forgotten the old one: they show that a mailbox of the account's is theirs. */
import { Effect } from "effect"
import { MissingToken } from "@biz1/protocol/errors"
import { ServerConfig } from "../config.ts"
import { ThirdPartyIds } from "../store/ThirdPartyIds.ts"
import { confirmedAddress, emailStage, notConfirmed } from "./emailStage.ts"
import { Interactive, type Asked } from "./Interactive.ts"

/** Whose password may be set. Spec: client-server API, "Email-based (identity / homeserver)". */
export const passMail = Effect.fnUntraced(function* (asked: Asked) {
  if ((yield* ServerConfig).mail === undefined) {
    return yield* new MissingToken({ error: "This needs an access token: no mail can be sent from here" })
  }
  const owners = yield* ThirdPartyIds
  const passed = yield* (yield* Interactive).pass(asked, {
    flows: [[emailStage]],
    stages: {
      [emailStage]: Effect.fnUntraced(function* (given) {
        const address = yield* confirmedAddress("password", given)
        if ((yield* owners.owner("email", address)) === undefined) return yield* notConfirmed()
        return address
      }),
    },
  })
  return (yield* owners.owner("email", passed[emailStage] ?? "")) ?? (yield* notConfirmed())
})
