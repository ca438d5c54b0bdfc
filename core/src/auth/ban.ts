/** Spec: authorization rules, "If `membership` is `ban`". */
import type { UserId } from "@biz1/protocol/ids"
import { allow, type Context, reject, type Verdict } from "./Context.ts"

export const checkBan = ({ event, power, membershipOf }: Context, target: string): Verdict => {
  if (membershipOf(event.sender) !== "join") return reject("Only members ban others")
  const senderPower = power.ofUser(event.sender)
  return senderPower >= power.ban && power.ofUser(target as UserId) < senderPower
    ? allow
    : reject("You may not ban this user from the room")
}
