/** Spec: authorization rules, "If `membership` is `join`". */
import type { UserId } from "@biz1/protocol/ids"
import { creatorsOf } from "../power.ts"
import { allow, type Context, reject, type Verdict } from "./Context.ts"

export const checkJoin = (context: Context, target: string): Verdict => {
  const { version, event, create, power, facts, joinRule } = context
  const isFirst = event.prevEvents.length === 1 && event.prevEvents[0] === create.eventId
  const creator = version.creatorInContent ? [...creatorsOf(create, version)][0] : create.sender
  if (isFirst && target === creator) return allow
  if (event.sender !== target) return reject("nobody can join somebody else")
  const membership = context.membershipOf(target)
  if (membership === "ban") return reject("you are banned from this room")
  switch (joinRule) {
    case "public":
      return allow
    case "knock":
      if (!version.knocking) break
      return membership === "invite" || membership === "join" ? allow : reject("you need an invitation to join this room")
    case "invite":
      return membership === "invite" || membership === "join" ? allow : reject("you need an invitation to join this room")
    case "restricted":
    case "knock_restricted": {
      if (!(joinRule === "restricted" ? version.restrictedJoins : version.knockRestricted)) break
      if (membership === "join" || membership === "invite") return allow
      const via = event.content["join_authorised_via_users_server"]
      if (typeof via !== "string" || facts.vouched !== true) {
        return reject("this room takes members of certain other rooms only")
      }
      return context.membershipOf(via) === "join" && power.ofUser(via as UserId) >= power.invite
        ? allow
        : reject("whoever vouches for this join may not invite")
    }
  }
  return reject("this room's join rule lets nobody in")
}
