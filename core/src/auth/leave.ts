/** Spec: authorization rules, "If `membership` is `leave`": leaving, declining, kicking and unbanning. */
import type { UserId } from "@biz1/protocol/ids"
import { allow, type Context, reject, type Verdict } from "./Context.ts"

export const checkLeave = (context: Context, target: string): Verdict => {
  const { version, event, power } = context
  const own = context.membershipOf(event.sender)
  if (event.sender === target) {
    return own === "join" || own === "invite" || (version.knocking && own === "knock")
      ? allow
      : reject("You are not in this room")
  }
  if (own !== "join") return reject("Only members remove others")
  const senderPower = power.ofUser(event.sender)
  if (context.membershipOf(target) === "ban" && senderPower < power.ban) return reject("You may not lift a ban here")
  return senderPower >= power.kick && power.ofUser(target as UserId) < senderPower
    ? allow
    : reject("You may not remove this user from the room")
}
