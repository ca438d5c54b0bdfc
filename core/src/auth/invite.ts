/** Spec: authorization rules, "If `membership` is `invite`". */
import { isJsonObject } from "@biz1/protocol/json"
import { allow, type Context, reject, type Verdict } from "./Context.ts"

export const checkInvite = (context: Context, target: string): Verdict => {
  const { event, power } = context
  if (event.content["third_party_invite"] !== undefined) return checkThirdPartyInvite(context, target)
  if (context.membershipOf(event.sender) !== "join") return reject("only members invite")
  const membership = context.membershipOf(target)
  if (membership === "join") return reject("this user is in the room already")
  if (membership === "ban") return reject("this user is banned from the room")
  return power.ofUser(event.sender) >= power.invite ? allow : reject("you may not invite people to this room")
}

/** Somebody was invited by mail before they had a user id. */
const checkThirdPartyInvite = (context: Context, target: string): Verdict => {
  const { event, state, facts } = context
  if (context.membershipOf(target) === "ban") return reject("this user is banned from the room")
  const invite = event.content["third_party_invite"]
  const signed = isJsonObject(invite) ? invite["signed"] : undefined
  if (!isJsonObject(signed)) return reject("the invitation of a third party is not signed")
  if (typeof signed["mxid"] !== "string" || typeof signed["token"] !== "string" || signed["mxid"] !== target) {
    return reject("the invitation of a third party is for somebody else")
  }
  const promise = state.get("m.room.third_party_invite", signed["token"])
  if (promise === undefined || promise.sender !== event.sender) return reject("nobody has made this invitation")
  return facts.thirdPartySigned === true ? allow : reject("the invitation's signature is not right")
}
