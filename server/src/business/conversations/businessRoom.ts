/** What a room that the service user owns begins with: a conversation's main room, a lane of it, a project's space. */
import type { Kind, Lane } from "@biz1/core/business/kinds"
import { type Link, linksContent } from "@biz1/core/business/links"
import { BUSINESS_LEVELS, type Person, POWER } from "@biz1/core/business/roles"
import { CONVERSATION, LANE, RECORDS, SERVICE_MEMBERS } from "@biz1/protocol/business/names"
import type { RoomId, ServerName, UserId } from "@biz1/protocol/ids"
import { serverOf } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { RoomView } from "../../sync/RoomViews.ts"
import type { Draft } from "../../conversation/decide.ts"

export interface Member {
  readonly userId: UserId
  readonly person: Person
  /** The profile fields of the member event. */
  readonly profile: JsonObject
}

export interface BusinessRoom {
  readonly serviceUser: UserId
  readonly kind: Kind
  /** Undefined for the main room, whose lanes name it. */
  readonly lane: { readonly name: Lane; readonly of: RoomId } | undefined
  readonly title: string | undefined
  readonly primary: Link | undefined
  readonly members: ReadonlyArray<Member>
  /** The space through whose members it is joined and found. */
  readonly space: RoomId | undefined
  readonly policy: JsonObject | undefined
}

export const createContentOf = ({ lane }: Pick<BusinessRoom, "lane">): JsonObject => ({
  room_version: "12",
  // What the team says among itself never leaves this server.
  ...(lane?.name === "team" ? { "m.federate": false } : {}),
})

export const draftsOf = (room: BusinessRoom): ReadonlyArray<Draft> => {
  const { serviceUser, kind, lane, title, primary, space, policy } = room
  const about = primary && { type: primary.type, id: primary.id }
  const place = {
    kind,
    ...(title === undefined ? {} : { title }),
    ...(about === undefined ? {} : { primary: about }),
    ...(policy === undefined ? {} : { policy }),
  }
  return [
    ...ownedBy(serviceUser, room.members),
    state("m.room.join_rules", joinRule(space)),
    lane === undefined
      ? state(CONVERSATION, place)
      : state(LANE, { ...place, of: lane.of, name: lane.name, audience: lane.name === "team" ? "staff" : "partners" }),
    ...(title === undefined ? [] : [state("m.room.name", { name: title })]),
    ...(space === undefined ? [] : [parentDraft(space, serverOf(serviceUser))]),
    ...(primary === undefined ? [] : [linksDraft(serviceUser, [primary])]),
    ...room.members.flatMap((member) => entering(serviceUser, member, { direct: kind === "personal" })),
  ]
}

/** A room that groups conversations, for Matrix clients that show such groups. */
export const spaceDrafts = (
  space: Pick<BusinessRoom, "serviceUser" | "members"> & { readonly title: string },
): ReadonlyArray<Draft> => [
  ...ownedBy(space.serviceUser, space.members),
  state("m.room.join_rules", joinRule(undefined)),
  state("m.room.name", { name: space.title }),
  ...space.members.flatMap((member) => entering(space.serviceUser, member, { direct: false })),
]
export const spaceCreateContent: JsonObject = { room_version: "12", type: "m.space" }

const state = (type: string, content: JsonObject, stateKey = ""): Draft => ({ type, stateKey, content })

const ownedBy = (serviceUser: UserId, members: ReadonlyArray<Member>): ReadonlyArray<Draft> => [
  state("m.room.member", { membership: "join", displayname: "Biz1" }, serviceUser),
  state("m.room.power_levels", levelsOf(members)),
  state("m.room.history_visibility", { history_visibility: "shared" }),
  state("m.room.guest_access", { guest_access: "forbidden" }),
  state(SERVICE_MEMBERS, { service_members: [serviceUser] }),
]

/** The room's levels, with those of some people as they are now. */
export const levelsDraft = (room: RoomView, changed: ReadonlyArray<Pick<Member, "userId" | "person">>): Draft => {
  const content = room.state.get("m.room.power_levels", "")?.content ?? {}
  const before = isJsonObject(content["users"]) ? content["users"] : {}
  const users = new Map(Object.entries(before))
  for (const { userId, person } of changed) {
    if (POWER[person.role] > 0) users.set(userId, POWER[person.role])
    else users.delete(userId)
  }
  return state("m.room.power_levels", { ...content, users: Object.fromEntries(users) })
}

/** Who has no more than anybody is not listed. */
const levelsOf = (members: ReadonlyArray<Pick<Member, "userId" | "person">>): JsonObject => ({
  ...BUSINESS_LEVELS,
  users: Object.fromEntries(
    members.map(({ userId, person }) => [userId, POWER[person.role]] as const).filter(([, level]) => level > 0),
  ),
})

const joinRule = (space: RoomId | undefined): JsonObject =>
  space === undefined
    ? { join_rule: "invite" }
    : { join_rule: "restricted", allow: [{ type: "m.room_membership", room_id: space }] }

const parentDraft = (space: RoomId, server: ServerName): Draft =>
  state("m.space.parent", { via: [server], canonical: true }, space)

export const childDraft = (room: RoomId, server: ServerName): Draft =>
  state("m.space.child", { via: [server], suggested: true }, room)

export const linksDraft = (serviceUser: UserId, links: ReadonlyArray<Link>): Draft =>
  state(RECORDS, linksContent(links), serviceUser)

/** People of this server are put into the room; others are asked. */
export const entering = (
  serviceUser: UserId,
  { userId, profile }: Member,
  { direct }: { readonly direct: boolean },
): ReadonlyArray<Draft> => {
  const content = { ...profile, ...(direct ? { is_direct: true } : {}) }
  const invite = state("m.room.member", { membership: "invite", ...content }, userId)
  const isOurs = serverOf(userId) === serverOf(serviceUser)
  return isOurs
    ? [invite, { ...state("m.room.member", { membership: "join", ...profile }, userId), sender: userId }]
    : [invite]
}
