/**
 * Conversations of every kind, got or made by one call: the main room, its lanes, the space that groups them. What there
 * may be only one of has a key, which the commit that creates the room takes, so that two callers at once make one room.
 */
import { randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer, Result } from "effect"
import { KIND_RULES, type Lane } from "@biz1/core/business/kinds"
import type { RecordKey } from "@biz1/core/business/links"
import { isStaff } from "@biz1/core/business/roles"
import { roomVersions } from "@biz1/core/roomVersion"
import { PREFIX, SERVICE_LOCALPART } from "@biz1/protocol/business/names"
import type { RequestTimeout } from "@biz1/protocol/errors"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { ServerConfig } from "../../config.ts"
import { Conversations, type Create, type SendError } from "../../conversation/Conversations.ts"
import type { Draft } from "../../conversation/decide.ts"
import { profileContent } from "../../conversation/membership.ts"
import { AccountData } from "../../sync/AccountData.ts"
import { Roles } from "../roles/Roles.ts"
import {
  type BusinessRoom,
  childDraft,
  createContentOf,
  draftsOf,
  type Member,
  spaceCreateContent,
  spaceDrafts,
} from "./businessRoom.ts"
import { ConversationStore } from "./ConversationStore.ts"
import { laneKey, linkTo, membersOf, type Opening, spaceKey, type Subject, titleOf, uniqueKeysOf } from "./opening.ts"

export interface Opened {
  readonly roomId: RoomId
  readonly lanes: ReadonlyArray<{ readonly name: Lane; readonly roomId: RoomId }>
  /** False where the conversation was there already. */
  readonly created: boolean
}

/** Whoever makes the account of a member, an application service for one, may be slow. */
export type OpenError = SendError | RequestTimeout

const version = roomVersions.get("12")!

export class BusinessConversations extends Context.Service<
  BusinessConversations,
  {
    readonly serviceUser: UserId
    readonly memberOf: (userId: UserId) => Effect.Effect<Member, RequestTimeout>
    /** The space of a project, if there is one. */
    readonly spaceFor: (project: RecordKey) => Effect.Effect<RoomId | undefined>
    /** The conversation for this, made if need be. What an earlier attempt left undone is finished. */
    readonly open: (opening: Opening) => Effect.Effect<Opened, OpenError>
    /** The lane of that name, made if need be. */
    readonly openLane: (
      name: Lane,
      mainRoom: RoomId,
      members: ReadonlyArray<UserId>,
    ) => Effect.Effect<RoomId, OpenError>
  }
>()("@biz1/server/business/conversations/BusinessConversations") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const { serverName } = yield* ServerConfig
      const conversations = yield* Conversations
      const store = yield* ConversationStore
      const accountData = yield* AccountData
      const { personOf } = yield* Roles
      const serviceUser = `@${SERVICE_LOCALPART}:${serverName}` as UserId
      const profileOf = yield* Effect.map(
        Effect.context<Effect.Services<ReturnType<typeof profileContent>>>(),
        (context) => (userId: UserId) => Effect.provide(profileContent(userId), context),
      )

      const memberOf = (userId: UserId) =>
        Effect.map(profileOf(userId), (profile): Member => ({ userId, person: personOf(userId), profile }))

      /** The room for one of the keys, made as described under the first if there is none. */
      const ensure = Effect.fnUntraced(function* (
        uniqueKeys: ReadonlyArray<string>,
        createContent: JsonObject,
        drafts: (ts: number) => Effect.Effect<ReadonlyArray<Draft>, RequestTimeout>,
      ) {
        const [uniqueKey] = uniqueKeys
        const found = yield* store.byKey(...uniqueKeys)
        if (found !== undefined) return { roomId: found, created: false }
        const ts = yield* Clock.currentTimeMillis
        const made = yield* drafts(ts)
        const room: Create = {
          creator: serviceUser,
          version,
          // The id is a hash of this: two nodes may make alike rooms in the same millisecond.
          createContent: { ...createContent, [`${PREFIX}nonce`]: randomBytes(9).toString("base64url") },
          drafts: () => made,
          roomId: "!" as RoomId, // derived in this version
          ts,
        }
        if (uniqueKey === undefined) return { roomId: yield* conversations.create(room), created: true }
        return yield* conversations.createOnly(uniqueKey, room).pipe(
          Effect.map((roomId) => ({ roomId, created: true })),
          Effect.catchTag("Taken", () =>
            Effect.map(store.byKey(uniqueKey), (roomId) => ({ roomId: roomId!, created: false })),
          ),
        )
      })

      const send = (roomId: RoomId, drafts: ReadonlyArray<Draft>) =>
        Effect.flatMap(Clock.currentTimeMillis, (ts) =>
          conversations.send(roomId, { sender: serviceUser, drafts, platform: true, ts }),
        )

      const spaceOf = Effect.fnUntraced(function* (project: Subject) {
        const members = yield* Effect.forEach(project.people, memberOf)
        const { roomId } = yield* ensure([spaceKey(project)], spaceCreateContent, () =>
          Effect.succeed(spaceDrafts({ serviceUser, members, title: project.title })),
        )
        return roomId
      })

      const projectOf = (opening: Opening) =>
        opening.kind === "project" ? opening.subject : opening.kind === "mission" ? opening.project : undefined

      const openLane = Effect.fnUntraced(function* (name: Lane, mainRoom: RoomId, userIds: ReadonlyArray<UserId>) {
        const main = yield* store.find(mainRoom)
        const insiders = userIds.filter((userId) => name !== "team" || isStaff(personOf(userId)))
        const { roomId } = yield* ensure(
          [laneKey(name, mainRoom)],
          createContentOf({ lane: { name, of: mainRoom } }),
          () =>
            Effect.gen(function* () {
              const members = yield* Effect.forEach(insiders, memberOf)
              const room: BusinessRoom = {
                serviceUser,
                kind: main?.kind ?? "group",
                lane: { name, of: mainRoom },
                title: main?.title,
                primary: undefined,
                members,
                space: undefined,
                policy: undefined,
              }
              return draftsOf(room)
            }),
        )
        return roomId
      })

      const open = Effect.fnUntraced(function* (opening: Opening) {
        const rule = KIND_RULES[opening.kind]
        const userIds = membersOf(opening)
        const project = projectOf(opening)
        const space = project === undefined ? undefined : yield* spaceOf(project)
        const { roomId, created } = yield* ensure(uniqueKeysOf(opening), createContentOf({ lane: undefined }), (ts) =>
          Effect.gen(function* () {
            const members = yield* Effect.forEach(userIds, memberOf)
            const subject = "subject" in opening ? opening.subject : undefined
            const room: BusinessRoom = {
              serviceUser,
              kind: opening.kind,
              lane: undefined,
              title: titleOf(opening),
              primary: subject && linkTo(subject, "primary", ts),
              members,
              space: rule.joinedThroughSpace ? space : undefined,
              policy: "policy" in opening ? opening.policy : undefined,
            }
            return draftsOf(room)
          }),
        )
        if (space !== undefined) yield* send(space, [childDraft(roomId, serverName)])
        yield* Effect.forEach(rule.lanes, (name) => openLane(name, roomId, userIds), { discard: true })
        if (opening.kind === "personal" && created) yield* markDirect(roomId, opening.between)
        return { roomId, lanes: yield* store.lanesOf(roomId), created }
      })

      /** As clients mark the rooms of two people. Spec: "Direct Messaging". */
      const markDirect = (roomId: RoomId, [one, other]: readonly [UserId, UserId]) =>
        Effect.forEach(
          [
            [one, other],
            [other, one],
          ] as const,
          ([userId, peer]) =>
            accountData.modify({ userId, roomId: "", type: "m.direct" }, (content = {}) => {
              const rooms = content[peer]
              return Result.succeed({ ...content, [peer]: [...(Array.isArray(rooms) ? rooms : []), roomId] })
            }),
          { discard: true },
        )

      return BusinessConversations.of({
        serviceUser,
        memberOf,
        spaceFor: (project) => store.byKey(spaceKey(project)),
        open,
        openLane,
      })
    }),
  )
}
