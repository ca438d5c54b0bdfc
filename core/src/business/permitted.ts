/**
 * What the organisation's rules say of an event that somebody here is about to send into a business room. Power levels
 * are the outer wall and hold everywhere; this is the finer rule, asked by the room's actor whatever door was used.
 */
import { ACCESS, CONVERSATION, DECISION, LANE, RECORD_EVENT, RECORDS, WORKFLOW } from "@biz1/protocol/business/names"
import { KINDS, LANES } from "@biz1/protocol/business/conversations"
import type { UserId } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { StateView } from "../Event.ts"
import { type Kind, KIND_RULES, type Lane } from "./kinds.ts"
import { MAX_LINKS } from "./links.ts"
import { isStaff, permits, type Person } from "./roles.ts"

/** What a room's state says of its place in the organisation. */
export interface Standing {
  readonly kind: Kind
  readonly lane: Lane | "main"
  readonly policy: Policy
}

export interface Policy {
  /** Made by its own people from a client of theirs, who rule it as Matrix lets them. */
  readonly open: boolean
  /** Whether those to whom the policy leaves it may invite people from outside. */
  readonly outsiders: boolean
  /** For how long one may edit and delete one's own, in milliseconds; for ever where it is undefined. */
  readonly editWithin: number | undefined
}

/** Undefined where the room is none of the organisation's business. */
export const standingOf = (state: StateView): Standing | undefined => {
  const lane = state.get(LANE, "")?.content
  const content = lane ?? state.get(CONVERSATION, "")?.content
  const kind = KINDS.find((name) => name === content?.["kind"])
  if (content === undefined || kind === undefined) return undefined
  return {
    kind,
    lane: (lane && LANES.find((name) => name === lane["name"])) ?? "main",
    policy: policyOf(content["policy"]),
  }
}

export const OPEN_POLICY: JsonObject = { open: true }

const policyOf = (given: unknown): Policy => {
  const content: JsonObject = isJsonObject(given) ? given : {}
  const within = content["edit_within_ms"]
  return {
    open: content["open"] === true,
    outsiders: content["outsiders"] !== false,
    editWithin: typeof within === "number" && within > 0 ? within : undefined,
  }
}

/** An event that somebody wants to send, with what it is about. */
export interface Act {
  readonly type: string
  readonly stateKey: string | undefined
  readonly content: JsonObject
  readonly sender: UserId
  /** Milliseconds since 1970. */
  readonly ts: number
  /** The event that this one redacts or edits. */
  readonly target: { readonly sender: UserId; readonly ts: number } | undefined
}

/** Everybody's place in the organisation. */
export type People = (userId: UserId) => Person

const reserved: ReadonlySet<string> = new Set([ACCESS, CONVERSATION, LANE, RECORD_EVENT, WORKFLOW])
const calls: ReadonlySet<string> = new Set([
  "m.call.invite",
  "m.call.member",
  "m.rtc.member",
  "m.rtc.notification",
  "org.matrix.msc3401.call.member",
  "org.matrix.msc4143.rtc.member",
])

/** Why the act is refused, in a sentence; undefined where it is not. */
export const refusal = (room: Standing, act: Act, people: People): string | undefined => {
  if (reserved.has(act.type)) return "The server alone writes this. Use the business API."
  if (room.policy.open) return undefined
  const person = people(act.sender)
  if (act.type === "m.room.encryption" && (room.lane !== "main" || !KIND_RULES[room.kind].encryption)) {
    return "Encryption is off in business conversations: search, audit and bridges need the text"
  }
  if (act.type === "m.room.member") return membershipRefusal(room, act, person, people)
  if (act.target !== undefined) return changeRefusal(room, act, person, act.target, people)
  if (act.type === RECORDS || act.content[RECORDS] !== undefined) return linkRefusal(act, person)
  if (act.type === DECISION && !isStaff(person)) return "Decisions are made by the organisation's own people"
  if (calls.has(act.type) && !permits(person, "call")) return "You may not call here"
  return undefined
}

const membershipRefusal = (room: Standing, act: Act, person: Person, people: People): string | undefined => {
  const membership = act.content["membership"]
  if (membership !== "invite" && membership !== "join" && membership !== "knock") return undefined
  if (isStaff(people(act.stateKey as UserId))) return undefined
  if (room.lane === "team") return "This part of the conversation is for the organisation's own people"
  const { outsiders } = KIND_RULES[room.kind]
  if (outsiders === "never") return "This conversation is not for people from outside"
  if (membership !== "invite") return undefined
  return permits(person, "inviteOutsiders", { policy: room.policy.outsiders })
    ? undefined
    : "You may not invite people from outside"
}

/** Deleting and editing. */
const changeRefusal = (
  { policy, lane }: Standing,
  act: Act,
  person: Person,
  target: { readonly sender: UserId; readonly ts: number },
  people: People,
): string | undefined => {
  if (target.sender !== act.sender) {
    if (act.type !== "m.room.redaction") return "You may edit your own messages only"
    const sharesTeam = people(target.sender).teams.some((team) => person.teams.includes(team))
    return permits(person, "othersMessages", { team: sharesTeam }) ? undefined : "You may delete your own messages only"
  }
  if (!permits(person, "ownMessages", { channel: lane === "main" })) return "You may not change what you have sent"
  const { editWithin } = policy
  if (editWithin === undefined || act.ts - target.ts <= editWithin) return undefined
  return `Messages here may be changed for ${minutes(editWithin)} after they were sent`
}

const minutes = (ms: number) =>
  ms < 120_000 ? `${Math.round(ms / 1000)} seconds` : `${Math.round(ms / 60_000)} minutes`

const linkRefusal = (act: Act, person: Person): string | undefined => {
  if (!permits(person, "link", { member: true, refs: act.stateKey === undefined || act.stateKey === act.sender })) {
    return "You may not link records"
  }
  const links = act.content["links"]
  if (act.type !== RECORDS || !isJsonObject(links) || Object.keys(links).length <= MAX_LINKS) return undefined
  return `A conversation is about at most ${MAX_LINKS} records for each who links them`
}
