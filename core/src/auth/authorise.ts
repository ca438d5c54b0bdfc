/**
 * Whether a room's rules allow an event on top of a state. The rules of all room versions in one reading; what differs
 * is asked of the version. Spec: `rooms/v1` to `rooms/v12`, "Authorization rules"; the rule on the event's own
 * `auth_events` is `checkAuthEvents`.
 */
import { serverOf } from "@biz1/protocol/ids"
import type { StateView } from "../Event.ts"
import { powerLevels } from "../power.ts"
import type { RoomVersion } from "../roomVersion.ts"
import { checkBan } from "./ban.ts"
import { allow, type AuthorisedEvent, type Context, type Facts, reject, type Verdict } from "./Context.ts"
import { checkCreate } from "./create.ts"
import { checkInvite } from "./invite.ts"
import { checkJoin } from "./join.ts"
import { checkKnock } from "./knock.ts"
import { checkLeave } from "./leave.ts"
import { checkPowerLevels } from "./powerLevels.ts"
import { checkRedaction } from "./redaction.ts"

export const authorise = (
  version: RoomVersion,
  event: AuthorisedEvent,
  state: StateView,
  facts: Facts = {},
): Verdict => {
  if (event.type === "m.room.create") return checkCreate(version, event)

  const create = state.get("m.room.create", "")
  if (create === undefined) return reject("There is no such room")
  if (version.roomIdIsCreateHash && event.roomId.slice(1) !== create.eventId.slice(1)) {
    return reject("The event is of another room")
  }
  if (create.content["m.federate"] === false && serverOf(event.sender) !== serverOf(create.sender)) {
    return reject("This room is for users of its own server only")
  }
  if (version.specialAliases && event.type === "m.room.aliases") {
    return event.stateKey === serverOf(event.sender) ? allow : reject("A server sets its own aliases only")
  }

  const joinRule = state.get("m.room.join_rules", "")?.content["join_rule"]
  const membershipOf = (userId: string) => {
    const membership = state.get("m.room.member", userId)?.content["membership"]
    return typeof membership === "string" ? membership : "leave"
  }
  const context: Context = {
    version,
    event,
    state,
    create,
    power: powerLevels(version, create, state.get("m.room.power_levels", "")),
    facts,
    membershipOf,
    joinRule: typeof joinRule === "string" ? joinRule : "invite",
  }
  if (event.type === "m.room.member") return checkMembership(context)
  if (membershipOf(event.sender) !== "join") return reject("You are not in this room")
  return checkPower(context)
}

const checkMembership = (context: Context): Verdict => {
  const { version, event, facts } = context
  const { membership, join_authorised_via_users_server: via } = event.content
  if (event.stateKey === undefined || typeof membership !== "string") {
    return reject("A membership is somebody's, and says which")
  }
  if (version.restrictedJoins && via !== undefined && facts.vouched !== true) {
    return reject("The server that vouches for this join has not signed")
  }
  switch (membership) {
    case "join":
      return checkJoin(context, event.stateKey)
    case "invite":
      return checkInvite(context, event.stateKey)
    case "leave":
      return checkLeave(context, event.stateKey)
    case "ban":
      return checkBan(context, event.stateKey)
    case "knock":
      return version.knocking ? checkKnock(context, event.stateKey) : reject("This room version knows no knocks")
    default:
      return reject("This membership is not known")
  }
}

const checkPower = (context: Context): Verdict => {
  const { version, event, power } = context
  const own = power.ofUser(event.sender)
  if (event.type === "m.room.third_party_invite") {
    return own >= power.invite ? allow : reject("You may not invite people to this room")
  }
  if (own < power.toSend(event.type, event.stateKey !== undefined)) {
    return reject(
      event.stateKey === undefined
        ? "You may not send this to the room"
        : "You may not change this setting of the room",
    )
  }
  if (event.stateKey?.startsWith("@") === true && event.stateKey !== event.sender) {
    return reject("This setting belongs to another user")
  }
  if (event.type === "m.room.power_levels") return checkPowerLevels(context)
  if (version.redactionAuth && event.type === "m.room.redaction") return checkRedaction(context)
  return allow
}
