import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/slidingSync"
import { UnknownPos } from "@biz1/protocol/errors"
import type { RoomId } from "@biz1/protocol/ids"
import { handler, RawJson, type Requester } from "../http/Handler.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { acceptedConfig, deployedConfig, type SlidingRequest } from "../sync/sliding/request.ts"
import type { RoomResult } from "../sync/sliding/room.ts"
import { type SlidingAnswer, SlidingSync } from "../sync/sliding/SlidingSync.ts"
import { parseToken } from "../sync/token.ts"

const maxTimeoutMs = 120_000

interface Common {
  readonly requester: Requester
  readonly pos: string | undefined
  readonly timeout: number | undefined
  readonly presence: "offline" | "online" | "unavailable" | undefined
  readonly connectionId: string | undefined
}

const answerTo = Effect.fnUntraced(function* (
  { requester, pos, timeout, presence, connectionId = "" }: Common,
  asked: Pick<SlidingRequest, "lists" | "subscriptions" | "extensions">,
) {
  const { userId, deviceId } = requester
  const since = pos === undefined || pos === "" ? undefined : parseToken(pos)
  if (pos && since === undefined) return yield* new UnknownPos({ error: "That is no position of this server" })
  yield* (yield* Ephemeral).setPresence(userId, presence ?? "online")
  const timeoutMs = Math.min(timeout ?? 0, maxTimeoutMs)
  return yield* (yield* SlidingSync).sync({ userId, deviceId, connectionId, since, timeoutMs, ...asked })
})

const mapped = <K extends string, A, B>(given: { readonly [key in K]?: A } | undefined, to: (value: A) => B) =>
  new Map(Object.entries(given ?? {}).map(([key, value]) => [key as K, to(value as A)]))

/** The parts that both encodings write alike. */
const encode = (answer: SlidingAnswer, showRoom: (room: RoomResult, lists: ReadonlyArray<string>) => string) => {
  const counts = Object.fromEntries([...answer.counts].map(([name, count]) => [name, { count }]))
  const rooms = answer.rooms.map(
    (room) => `${JSON.stringify(room.roomId)}:${showRoom(room, answer.listsOf(room.roomId))}`,
  )
  const extensions = [...answer.extensions].map(([name, json]) => `"${name}":${json}`)
  return (
    `"pos":"${answer.pos}","lists":${JSON.stringify(counts)}` +
    `,"rooms":{${rooms.join(",")}},"extensions":{${extensions.join(",")}}`
  )
}

/** JSON of an object from names with the JSON of their values; undefined leaves one out. */
const object = (fields: { readonly [name: string]: string | undefined }) =>
  `{${Object.entries(fields)
    .filter(([, json]) => json !== undefined)
    .map(([name, json]) => `"${name}":${json}`)
    .join(",")}}`

const json = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value))
const array = (items: ReadonlyArray<string>) => `[${items.join(",")}]`

/** What both encodings call by the same name. */
const sharedFields = ({ initial, bumpStamp, inside }: RoomResult) => ({
  initial: initial ? "true" : undefined,
  bump_stamp: json(bumpStamp),
  name: json(inside?.name),
  avatar: json(inside?.avatar),
  heroes: json(inside?.heroes),
  is_dm: json(inside?.isDirect),
  required_state: inside && array(inside.state),
  prev_batch: json(inside?.prevBatch),
  limited: json(inside?.limited),
  num_live: json(inside?.live),
  joined_count: json(inside?.joined),
  invited_count: json(inside?.invited),
  notification_count: json(inside?.notifications),
  highlight_count: json(inside?.highlights),
})

/** Clients of this form look for state and timeline also where they are invited, or were. */
const deployedRoom = (room: RoomResult) =>
  object({
    ...sharedFields(room),
    required_state: array(room.inside?.state ?? []),
    timeline: array(room.inside?.timeline ?? []),
    unstable_expanded_timeline: room.inside?.expanded === true ? "true" : undefined,
    invite_state: room.stripped && array(room.stripped),
  })

const acceptedRoom = ({ ended, inside, ...outside }: RoomResult, lists: ReadonlyArray<string>) => {
  const room: RoomResult =
    ended === undefined ? { ...outside, ...(inside === undefined ? {} : { inside }) } : { ...outside, stripped: ended }
  return object({
    ...sharedFields(room),
    membership: json(room.membership),
    lists: lists.length > 0 ? json(lists) : undefined,
    timeline_events: room.inside && array(room.inside.timeline),
    expanded_timeline: room.inside?.expanded === true ? "true" : undefined,
    stripped_state: room.stripped && array(room.stripped),
  })
}

export const deployedSlidingSync = handler(
  contract.deployedSlidingSync,
  Effect.fnUntraced(function* ({ query, body, requester }) {
    const { pos, timeout, set_presence: presence } = query
    const config = (given: contract.DeployedConfig) => deployedConfig(given, requester.userId)
    const answer = yield* answerTo(
      { requester, pos, timeout, presence, connectionId: body.conn_id },
      {
        lists: mapped(body.lists, (list) => ({
          ...config(list),
          ranges: list.ranges ?? (list.range === undefined ? undefined : [list.range]),
          filters: list.filters ?? {},
        })),
        subscriptions: mapped<RoomId, contract.DeployedConfig, ReturnType<typeof config>>(
          body.room_subscriptions,
          config,
        ),
        extensions: body.extensions ?? {},
      },
    )
    const txnId = body.txn_id === undefined ? "" : `,"txn_id":${JSON.stringify(body.txn_id)}`
    return new RawJson(`{${encode(answer, deployedRoom)}${txnId}}`)
  }),
)

export const slidingSync = handler(
  contract.slidingSync,
  Effect.fnUntraced(function* ({ body, requester }) {
    const { pos, timeout, set_presence: presence } = body
    const answer = yield* answerTo(
      { requester, pos, timeout, presence, connectionId: body.conn_id },
      {
        lists: mapped(body.lists, (list) => ({
          ...acceptedConfig(list),
          ranges: list.range === undefined ? undefined : [list.range],
          filters: list.filters ?? {},
        })),
        subscriptions: mapped<RoomId, contract.AcceptedConfig, ReturnType<typeof acceptedConfig>>(
          body.room_subscriptions,
          acceptedConfig,
        ),
        extensions: body.extensions ?? {},
      },
    )
    return new RawJson(`{${encode(answer, acceptedRoom)}}`)
  }),
)
