/** Who may what in the organisation: one table, from which the code decides, and which the documentation shows. */
import type { Grant, Permission, Role } from "@biz1/protocol/business/roles"

interface Row {
  /** What the permission allows, as it is shown. */
  readonly title: string
  readonly grants: Readonly<Partial<Record<Role, Grant>>>
}

/** A role that is missing from a row has no part in it. */
export const PERMISSION_TABLE: Readonly<Record<Permission, Row>> = {
  settings: { title: "Organisation settings, channels, keys, single sign-on", grants: { owner: "yes", admin: "yes" } },
  roles: { title: "Roles of others, never above one's own", grants: { owner: "yes", admin: "yes", manager: "team" } },
  queues: {
    title: "Queues, rules, templates, canned replies",
    grants: { owner: "yes", admin: "yes", manager: "team", agent: "own" },
  },
  readQueue: {
    title: "Read all conversations of a queue",
    grants: { owner: "yes", admin: "yes", manager: "team", agent: "queue" },
  },
  breakGlass: {
    title: "Enter any conversation, with a reason, recorded, its members told",
    grants: { owner: "yes", admin: "yes" },
  },
  work: {
    title: "Assign, resolve, merge customers",
    grants: { owner: "yes", admin: "yes", manager: "yes", agent: "queue" },
  },
  link: {
    title: "Link and unlink records, disclose fields",
    grants: {
      owner: "yes",
      admin: "yes",
      manager: "yes",
      agent: "yes",
      member: "member",
      bot: "member",
      partner: "refs",
    },
  },
  converse: {
    title: "Begin conversations about projects, missions and in groups",
    grants: { owner: "yes", admin: "yes", manager: "yes", agent: "yes", member: "yes", bot: "yes" },
  },
  inviteOutsiders: {
    title: "Invite people from outside",
    grants: { owner: "yes", admin: "yes", manager: "yes", agent: "policy", member: "policy", bot: "policy" },
  },
  ownMessages: {
    title: "Edit and delete own messages, within the time that the policy gives",
    grants: {
      owner: "yes",
      admin: "yes",
      manager: "yes",
      agent: "yes",
      member: "yes",
      bot: "yes",
      partner: "yes",
      customer: "channel",
    },
  },
  othersMessages: { title: "Delete messages of others", grants: { owner: "yes", admin: "yes", manager: "team" } },
  call: {
    title: "Call",
    grants: {
      owner: "yes",
      admin: "yes",
      manager: "yes",
      agent: "yes",
      member: "yes",
      bot: "yes",
      partner: "yes",
      customer: "invited",
      guest: "invited",
    },
  },
  compliance: {
    title: "Audit, holds, exports, erasure",
    grants: { owner: "yes", admin: "yes", manager: "auditor", agent: "auditor" },
  },
}

/** A role of the organisation's own making: what it allows, and which of the built-in ones it stands level with. */
export interface CustomRole {
  readonly name: string
  readonly like: Role
  readonly grants: Readonly<Partial<Record<Permission, Grant>>>
}

/** Somebody as far as permissions go. */
export interface Person {
  readonly role: Role
  /** Where there is one, its grants count and not the table's. */
  readonly custom?: CustomRole | undefined
  readonly auditor: boolean
  readonly teams: ReadonlyArray<string>
}

/** What holds in the case at hand, of that which a grant may ask for. */
export type Facts = Readonly<Partial<Record<Exclude<Grant, "yes" | "auditor">, boolean>>>

export const permits = (person: Person, permission: Permission, facts: Facts = {}): boolean => {
  const grant =
    person.custom === undefined ? PERMISSION_TABLE[permission].grants[person.role] : person.custom.grants[permission]
  if (grant === undefined) return false
  if (grant === "yes") return true
  return grant === "auditor" ? person.auditor : facts[grant] === true
}

/** A role's level in the rooms that the service user owns: the outer wall, which other servers enforce, too. */
export const POWER: Readonly<Record<Role, number>> = {
  owner: 100,
  admin: 100,
  manager: 75,
  agent: 50,
  member: 25,
  bot: 25,
  partner: 10,
  customer: 0,
  guest: 0,
}

/** Who belongs to the organisation itself and may see what is meant for its own people. */
export const isStaff = ({ role }: Pick<Person, "role">): boolean => POWER[role] >= POWER.member

/** From the highest to the lowest: nobody gives a role that is above their own. */
const RANK: Readonly<Record<Role, number>> = { ...POWER, owner: 101 }
export const outranks = (one: Pick<Person, "role">, other: Pick<Person, "role">): boolean =>
  RANK[one.role] > RANK[other.role]

/** Whether somebody may make a person of one role one of another. */
export const mayAssign = (giver: Person, from: Person, to: Person): boolean => {
  const sharesTeam = from.teams.some((team) => giver.teams.includes(team))
  return permits(giver, "roles", { team: sharesTeam }) && !outranks(from, giver) && !outranks(to, giver)
}

/** The levels of a business room, without its people's. */
export const BUSINESS_LEVELS = {
  users_default: 0,
  events_default: 0,
  state_default: 50,
  invite: 25,
  kick: 50,
  ban: 75,
  redact: 75,
  events: {
    "m.reaction": 0,
    "m.room.redaction": 0,
    "com.biz1.records": 10,
    "m.room.name": 50,
    "m.room.topic": 50,
    "m.room.avatar": 50,
    "m.room.pinned_events": 50,
    "m.space.child": 50,
    "com.biz1.conversation": 100,
    "com.biz1.lane": 100,
    "m.room.history_visibility": 100,
    "m.room.join_rules": 100,
    "m.room.power_levels": 100,
    "m.room.server_acl": 100,
    "m.room.guest_access": 100,
    // Since room version 12 a tombstone needs more than any listed user has.
    "m.room.tombstone": 150,
    "m.room.encryption": 101,
    "com.biz1.workflow": 101,
  },
} as const
