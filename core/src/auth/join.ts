/** Spec: authorization rules, "If `membership` is `join`". */
import type { UserId } from "@biz1/protocol/ids"
import { creatorOf } from "../power.ts"
import { allow, type Context, reject, type Verdict } from "./Context.ts"

export const checkJoin = (context: Context, target: string): Verdict => {
  const { version, event, create, joinRule } = context
  const isFirst = event.prevEvents.length === 1 && event.prevEvents[0] === create.eventId
  if (isFirst && target === creatorOf(version, create)) return allow
  if (event.sender !== target) return reject("Nobody can join somebody else")

  const membership = context.membershipOf(target)
  if (membership === "ban") return reject("You are banned from this room")
  if (joinRule === "public") return allow

  const restricts =
    (joinRule === "restricted" && version.restrictedJoins) ||
    (joinRule === "knock_restricted" && version.knockRestricted)
  const invites = joinRule === "invite" || (joinRule === "knock" && version.knocking)
  if (!invites && !restricts) return reject("This room's join rule lets nobody in")
  if (membership === "invite" || membership === "join") return allow
  return restricts ? checkVouched(context) : reject("You need an invitation to join this room")
}

/** A restricted room takes whom a member who may invite vouches for; that their server has signed is seen before. */
const checkVouched = ({ event, power, membershipOf }: Context): Verdict => {
  const via = event.content["join_authorised_via_users_server"]
  if (typeof via !== "string") return reject("This room takes members of certain other rooms only")
  return membershipOf(via) === "join" && power.ofUser(via as UserId) >= power.invite
    ? allow
    : reject("Whoever vouches for this join may not invite")
}
