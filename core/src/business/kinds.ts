/** The kinds of conversations: whom they are for, what stands beside them, and what there is only one of. */
import type { KINDS, LANES } from "@biz1/protocol/business/conversations"

export type Kind = (typeof KINDS)[number]
/** A room beside a conversation's main room, for fewer eyes. */
export type Lane = (typeof LANES)[number]

export interface KindRule {
  /** The type of record that such a conversation is about; undefined where it is about none in particular. */
  readonly about: string | undefined
  /** Lanes that it always has. */
  readonly lanes: ReadonlyArray<Lane>
  /** Others of the organisation find and join it through the space of its project, rather than being asked in. */
  readonly joinedThroughSpace: boolean
  /** Its members are the people of its record, and change with them. */
  readonly membersFollowRecord: boolean
  /** Whether people from outside may be in it: never, where its policy allows it, or because it is about them. */
  readonly outsiders: "never" | "policy" | "always"
  /** Whether its members may turn encryption on, after which search, audit and bridges see nothing of it. */
  readonly encryption: boolean
}

export const KIND_RULES: Readonly<Record<Kind, KindRule>> = {
  personal: {
    about: undefined,
    lanes: [],
    joinedThroughSpace: false,
    membersFollowRecord: false,
    outsiders: "policy",
    encryption: true,
  },
  group: {
    about: undefined,
    lanes: [],
    joinedThroughSpace: false,
    membersFollowRecord: false,
    outsiders: "policy",
    encryption: true,
  },
  customer: {
    about: "customer",
    lanes: ["team"],
    joinedThroughSpace: false,
    membersFollowRecord: true,
    outsiders: "always",
    encryption: false,
  },
  project: {
    about: "project",
    lanes: ["team"],
    joinedThroughSpace: true,
    membersFollowRecord: true,
    outsiders: "policy",
    encryption: false,
  },
  mission: {
    about: "mission",
    lanes: ["team"],
    joinedThroughSpace: true,
    membersFollowRecord: true,
    outsiders: "policy",
    encryption: false,
  },
  support: {
    about: undefined,
    lanes: ["team"],
    joinedThroughSpace: false,
    membersFollowRecord: false,
    outsiders: "always",
    encryption: false,
  },
  assistant: {
    about: undefined,
    lanes: [],
    joinedThroughSpace: false,
    membersFollowRecord: false,
    outsiders: "never",
    encryption: false,
  },
}
