/**
 * What is told beside the rooms: account data, receipts, typing, encryption. Each as JSON, or undefined where it was not
 * asked for or has nothing new. Proposals: MSC3883 to MSC3885 and MSC3959 to MSC3961.
 */
import { Effect } from "effect"
import type { Extensions, Scope } from "@biz1/protocol/client/slidingSync"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { defaultRules } from "@biz1/core/push/defaultRules"
import { DeviceViews } from "../DeviceViews.ts"
import { encryptionNews } from "../encryption.ts"
import { Ephemeral } from "../Ephemeral.ts"
import { receiptsAfter } from "../joinedRoom.ts"
import { receiptContent } from "../receiptContent.ts"
import { RoomViews } from "../RoomViews.ts"
import type { UserView } from "../UserViews.ts"
import type { SentRooms } from "./Connections.ts"
import type { Windows } from "./lists.ts"
import type { SlidingRequest } from "./request.ts"

export interface ExtensionsOptions {
  readonly request: SlidingRequest
  readonly user: UserView
  readonly windows: Windows
  /** What the client had of its rooms before this answer. */
  readonly sent: SentRooms
  readonly upTo: number
  readonly ephemeralSince: number
}

export interface ExtensionsAnswer {
  /** By name, the JSON of each extension that was asked for. */
  readonly parts: ReadonlyMap<string, string>
  /** Whether there is something that the client should be woken for. */
  readonly anything: boolean
}

export const extensionsOf = Effect.fnUntraced(function* (options: ExtensionsOptions) {
  const asked = options.request.extensions
  const parts = new Map<string, string>()
  let anything = false
  const add = (name: string, part: Part | undefined) => {
    if (part === undefined) return
    parts.set(name, part.json)
    anything ||= part.news
  }
  if (asked.to_device?.enabled === true) add("to_device", yield* toDevice(options, asked.to_device))
  if (asked.e2ee?.enabled === true) add("e2ee", yield* e2ee(options))
  if (asked.account_data?.enabled === true) add("account_data", accountData(options, asked.account_data))
  if (asked.receipts?.enabled === true) add("receipts", yield* receipts(options, asked.receipts))
  if (asked.typing?.enabled === true) add("typing", yield* typing(options, asked.typing))
  return { parts, anything } satisfies ExtensionsAnswer
})

interface Part {
  readonly json: string
  readonly news: boolean
}

/** Has a position of its own, which says what the client has. */
const toDevice = Effect.fnUntraced(function* (
  { request, upTo }: ExtensionsOptions,
  { since }: NonNullable<Extensions["to_device"]>,
) {
  const devices = yield* DeviceViews
  const { userId, deviceId } = request
  const after = /^\d{1,15}$/.test(since ?? "") ? Number(since) : 0
  const { messages: waiting } = yield* devices.get(userId, deviceId)
  if (waiting !== undefined && waiting.first <= after) yield* devices.acknowledge(userId, deviceId, after)
  const none = waiting === undefined || waiting.last <= after
  const page = none ? { messages: [], cutAt: undefined } : yield* devices.messages(userId, deviceId, after, upTo)
  const json = `{"next_batch":"${page.cutAt ?? Math.max(upTo, after)}","events":[${page.messages.join(",")}]}`
  return { json, news: page.messages.length > 0 } satisfies Part
})

const e2ee = Effect.fnUntraced(function* ({ request, upTo }: ExtensionsOptions) {
  const { since } = request
  const news = yield* encryptionNews(request.userId, request.deviceId, since, upTo, { withMessages: false })
  const json =
    `{"device_one_time_keys_count":${JSON.stringify(news.oneTimeKeyCounts)}` +
    `,"device_unused_fallback_key_types":${JSON.stringify(news.unusedFallbackKeys)}` +
    (since === undefined ? "}" : `,"device_lists":${JSON.stringify(news.deviceLists)}}`)
  return { json, news: !news.empty } satisfies Part
})

/** The rooms that an extension is to tell of: in some windows, or subscribed to. All, unless it was said. */
const inScope = ({ request, windows, user }: ExtensionsOptions, { lists = ["*"], rooms = ["*"] }: Scope) => {
  const chosen = new Set<RoomId>()
  for (const [name, window] of windows.rooms) {
    if (lists.includes("*") || lists.includes(name)) for (const roomId of window) chosen.add(roomId)
  }
  for (const roomId of request.subscriptions.keys()) {
    if (rooms.includes("*") || rooms.includes(roomId)) chosen.add(roomId)
  }
  return [...chosen].filter((roomId) => user.rooms.get(roomId)?.membership === "join")
}

/** Up to where the client has what an extension tells of a room; 0 for a room that it has not. */
const hadUpTo = ({ request, sent }: ExtensionsOptions, roomId: RoomId) => {
  const room = sent.get(roomId)
  return room === undefined ? 0 : (room.behind ?? request.since?.pos ?? 0)
}

const accountData = (options: ExtensionsOptions, scope: Scope): Part => {
  const { user, request, upTo } = options
  const since = request.since?.pos ?? 0
  const global: Array<string> = []
  const byRoom = new Map<string, Array<string>>()
  const rooms = new Set<string>(inScope(options, scope))
  for (const { roomId, type, content, pos } of user.accountData.values()) {
    if (pos > upTo) continue
    const json = () => JSON.stringify({ type, content })
    if (roomId === "") {
      if (pos > since) global.push(json())
    } else if (rooms.has(roomId) && pos > hadUpTo(options, roomId)) {
      byRoom.set(roomId, [...(byRoom.get(roomId) ?? []), json()])
    }
  }
  if (request.since === undefined && !user.accountData.has("\0m.push_rules")) {
    global.push(JSON.stringify({ type: "m.push_rules", content: { global: defaultRules(user.userId) } }))
  }
  const ofRooms = [...byRoom].map(([roomId, events]) => `${JSON.stringify(roomId)}:[${events.join(",")}]`)
  return {
    json: `{"global":[${global.join(",")}],"rooms":{${ofRooms.join(",")}}}`,
    news: global.length + ofRooms.length > 0,
  }
}

const perRoom = (parts: ReadonlyArray<string>): Part => ({
  json: `{"rooms":{${parts.join(",")}}}`,
  news: parts.length > 0,
})

const receipts = Effect.fnUntraced(function* (options: ExtensionsOptions, scope: Scope) {
  const rooms = yield* RoomViews
  const parts: Array<string> = []
  for (const roomId of inScope(options, scope)) {
    const had = hadUpTo(options, roomId)
    if (had > 0 && (rooms.loaded(roomId)?.lastReceiptPos ?? Number.POSITIVE_INFINITY) <= had) continue
    const room = yield* rooms.get(roomId)
    const moved = room === undefined ? [] : receiptsAfter(room, options.user.userId, had, options.upTo)
    if (moved.length === 0) continue
    parts.push(`${JSON.stringify(roomId)}:${JSON.stringify({ type: "m.receipt", content: receiptContent(moved) })}`)
  }
  return perRoom(parts)
})

const typing = Effect.fnUntraced(function* (options: ExtensionsOptions, scope: Scope) {
  const live = yield* Ephemeral
  const parts: Array<string> = []
  for (const roomId of inScope(options, scope)) {
    const isNew = !options.sent.has(roomId)
    const typists = live
      .typing(roomId, isNew ? 0 : options.ephemeralSince)
      ?.filter((userId: UserId) => !options.user.ignored.has(userId))
    if (typists === undefined || (isNew && typists.length === 0)) continue
    parts.push(`${JSON.stringify(roomId)}:${JSON.stringify({ type: "m.typing", content: { user_ids: typists } })}`)
  }
  return perRoom(parts)
})
