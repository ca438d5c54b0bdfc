import { Effect } from "effect"
import { outranks } from "@biz1/core/business/roles"
import * as contract from "@biz1/protocol/business/erasures"
import { Forbidden, InvalidParam, NotFound } from "@biz1/protocol/errors"
import { handler } from "../../http/Handler.ts"
import { callerId, checkPermission } from "../api/Caller.ts"
import { BusinessConversations } from "../conversations/BusinessConversations.ts"
import { Roles } from "../roles/Roles.ts"
import { Erasures } from "./Erasures.ts"

export const eraseSubject = handler(
  contract.eraseSubject,
  Effect.fnUntraced(function* ({ body: { customer, user, preview }, caller }) {
    yield* checkPermission(caller, "compliance")
    if ((customer === undefined) === (user === undefined)) {
      return yield* new InvalidParam({ error: "Say who is to be erased: a customer or a user", field: "customer" })
    }
    const erasures = yield* Erasures
    const subject = user === undefined ? { customer: customer! } : { user }
    if (user !== undefined) {
      const person = (yield* Roles).personOf(user)
      const isAbove = caller.kind === "user" && outranks(person, caller.person)
      if (user === (yield* BusinessConversations).serviceUser || person.role === "owner" || isAbove) {
        return yield* new Forbidden({ error: "This account may be erased by nobody, or by somebody above you" })
      }
    }
    if (!(yield* erasures.isKnown(subject))) return yield* new NotFound({ error: "There is nobody by that name" })
    return yield* preview === true ? erasures.preview(subject) : erasures.erase(subject, callerId(caller))
  }),
)
