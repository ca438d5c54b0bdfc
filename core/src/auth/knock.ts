/** Spec: authorization rules since room version 7, "If `membership` is `knock`". */
import { allow, type Context, reject, type Verdict } from "./Context.ts"

export const checkKnock = ({ version, event, joinRule, membershipOf }: Context, target: string): Verdict => {
  const mayKnock = joinRule === "knock" || (version.knockRestricted && joinRule === "knock_restricted")
  if (!mayKnock) return reject("This room takes no knocks")
  if (event.sender !== target) return reject("Nobody knocks for somebody else")
  const membership = membershipOf(target)
  if (membership === "ban") return reject("You are banned from this room")
  if (membership === "join") return reject("You are in this room already")
  return membership === "invite" ? reject("You are invited to this room already: join it") : allow
}
