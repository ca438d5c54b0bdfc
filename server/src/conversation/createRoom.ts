/** What a new room holds besides its create event, from what the client asks for. Spec: client-server API, "Creation". */
import type { Kind } from "@biz1/core/business/kinds"
import { OPEN_POLICY } from "@biz1/core/business/permitted"
import type { RoomVersion } from "@biz1/core/roomVersion"
import { CONVERSATION } from "@biz1/protocol/business/names"
import type { RoomAlias, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { Draft } from "./decide.ts"

export interface NewRoom {
  readonly creator: UserId
  readonly version: RoomVersion
  readonly preset: "private_chat" | "public_chat" | "trusted_private_chat"
  readonly creationContent: JsonObject
  /** Who can make a conversation of the organisation's out of this room later on, having power over it. */
  readonly serviceUser: UserId
  readonly invite: ReadonlyArray<UserId>
  readonly isDirect: boolean
  readonly name: string | undefined
  readonly topic: string | undefined
  readonly alias: RoomAlias | undefined
  readonly initialState: ReadonlyArray<{
    readonly type: string
    readonly state_key?: string
    readonly content: JsonObject
  }>
  readonly powerLevels: JsonObject | undefined
  /** The member event's profile fields, by user. */
  readonly profiles: ReadonlyMap<UserId, JsonObject>
}

const presets = {
  private_chat: { join_rule: "invite", history_visibility: "shared", guest_access: "can_join" },
  trusted_private_chat: { join_rule: "invite", history_visibility: "shared", guest_access: "can_join" },
  public_chat: { join_rule: "public", history_visibility: "shared", guest_access: "forbidden" },
} as const

/** What only the server says of a room's creation. */
const reservedCreation = new Set(["creator", "room_version"])

export const createContent = (room: NewRoom): JsonObject => {
  const asked = Object.fromEntries(Object.entries(room.creationContent).filter(([key]) => !reservedCreation.has(key)))
  const trusted = room.preset === "trusted_private_chat" && room.version.privilegedCreators && room.invite.length > 0
  const given = asked["additional_creators"]
  const creators = [
    ...(Array.isArray(given) ? (given as ReadonlyArray<string>) : []),
    ...(trusted ? room.invite : []),
    ...(isConversation(room) ? [room.serviceUser] : []),
  ]
  const malformed = given !== undefined && !Array.isArray(given) // for the rules to refuse
  return {
    ...asked,
    room_version: room.version.id,
    ...(room.version.creatorInContent ? { creator: room.creator } : {}),
    ...(malformed || creators.length === 0 ? {} : { additional_creators: [...new Set(creators)] }),
  }
}

/** Rooms of a type are not for talking, and before version 12 nobody could be put above all levels. */
const isConversation = ({ version, creationContent }: NewRoom) =>
  version.privilegedCreators && creationContent["type"] === undefined

/** A room that people make themselves is a conversation, too, and theirs to rule. */
const conversation = (room: NewRoom): ReadonlyArray<Draft> => {
  if (!isConversation(room)) return []
  const kind: Kind = room.isDirect && room.invite.length === 1 ? "personal" : "group"
  return [{ type: CONVERSATION, stateKey: "", content: { kind, policy: OPEN_POLICY } }]
}

/** In the order that the specification gives. */
export const roomDrafts = (room: NewRoom): ReadonlyArray<Draft> => {
  const preset = presets[room.preset]
  const given = new Set(room.initialState.map(({ type, state_key: key }) => `${type}\0${key ?? ""}`))
  const state = (type: string, content: JsonObject): ReadonlyArray<Draft> =>
    given.has(`${type}\0`) ? [] : [{ type, stateKey: "", content }]
  return [
    member(room.creator, "join", room),
    { type: "m.room.power_levels", stateKey: "", content: powerLevels(room) },
    ...(room.alias === undefined ? [] : state("m.room.canonical_alias", { alias: room.alias })),
    ...state("m.room.join_rules", { join_rule: preset.join_rule }),
    ...state("m.room.history_visibility", { history_visibility: preset.history_visibility }),
    ...state("m.room.guest_access", { guest_access: preset.guest_access }),
    ...room.initialState.map(({ type, state_key: stateKey = "", content }) => ({ type, stateKey, content })),
    ...(room.name === undefined ? [] : [{ type: "m.room.name", stateKey: "", content: { name: room.name } }]),
    ...(room.topic === undefined ? [] : [{ type: "m.room.topic", stateKey: "", content: topic(room.topic) }]),
    ...conversation(room),
    ...room.invite.map((userId) => member(userId, "invite", room)),
  ]
}

const topic = (text: string): JsonObject => ({
  topic: text,
  "m.topic": { "m.text": [{ body: text }] },
})

const member = (userId: UserId, membership: "join" | "invite", room: NewRoom): Draft => ({
  type: "m.room.member",
  stateKey: userId,
  content: { membership, ...room.profiles.get(userId), ...(room.isDirect ? { is_direct: true } : {}) },
})

const powerLevels = (room: NewRoom): JsonObject => {
  const trusted = room.preset === "trusted_private_chat" ? room.invite : []
  // Creators stand above all levels since version 12 and may not be listed.
  const users = room.version.privilegedCreators
    ? {}
    : Object.fromEntries([room.creator, ...trusted].map((userId) => [userId, 100]))
  return {
    users,
    users_default: 0,
    events: {
      "m.room.name": 50,
      "m.room.power_levels": 100,
      "m.room.history_visibility": 100,
      "m.room.canonical_alias": 50,
      "m.room.avatar": 50,
      "m.room.tombstone": room.version.privilegedCreators ? 150 : 100,
      "m.room.server_acl": 100,
      "m.room.encryption": 100,
    },
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    invite: 0,
    ...room.powerLevels,
  }
}
