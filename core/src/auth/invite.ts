/** Spec: authorization rules, "If `membership` is `invite`". */
import { allow, type Context, reject, type Verdict } from "./Context.ts"
import { checkThirdPartyInvite } from "./thirdPartyInvite.ts"

export const checkInvite = (context: Context, target: string): Verdict => {
  const { event, power } = context
  if (event.content["third_party_invite"] !== undefined) return checkThirdPartyInvite(context, target)
  if (context.membershipOf(event.sender) !== "join") return reject("Only members invite")
  const membership = context.membershipOf(target)
  if (membership === "join") return reject("This user is in the room already")
  if (membership === "ban") return reject("This user is banned from the room")
  return power.ofUser(event.sender) >= power.invite ? allow : reject("You may not invite people to this room")
}
