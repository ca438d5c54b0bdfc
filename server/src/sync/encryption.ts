/** What a sync of either kind tells a device about encryption: messages for it, whose keys changed, how many of its own are left. */
import { Effect } from "effect"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import { type DeviceListNews, DeviceLists } from "./DeviceLists.ts"
import { DeviceViews } from "./DeviceViews.ts"
import type { SyncToken } from "./token.ts"
import type { UserView } from "./UserViews.ts"

export interface EncryptionNews {
  /** Whether there is nothing that the device should be woken for. */
  readonly empty: boolean
  /** JSON of each message, in their order. */
  readonly toDevice: ReadonlyArray<string>
  /** Where there was not room for all messages: the position of the last one. */
  readonly toDeviceCutAt: number | undefined
  readonly deviceLists: DeviceListNews
  readonly oneTimeKeyCounts: { readonly [algorithm: string]: number }
  readonly unusedFallbackKeys: ReadonlyArray<string>
}

const noMessages = { messages: [], cutAt: undefined }
const noLists: DeviceListNews = { changed: [], left: [] }

/** Up to where the device has its messages, by its token. */
const receivedUpTo = (since: SyncToken | undefined) => since?.toDevice ?? since?.pos ?? 0

export const encryptionNews = Effect.fnUntraced(function* (
  userId: UserId,
  deviceId: DeviceId,
  since: SyncToken | undefined,
  upTo: number,
  { withMessages = true }: { readonly withMessages?: boolean } = {},
) {
  const devices = yield* DeviceViews
  const device = yield* devices.get(userId, deviceId)
  const after = receivedUpTo(since)
  const { messages, cutAt } =
    !withMessages || device.messages === undefined || device.messages.last <= after
      ? noMessages
      : yield* devices.messages(userId, deviceId, after, upTo)
  const deviceLists = since === undefined ? noLists : yield* (yield* DeviceLists).since(userId, since.pos)
  const keysChanged = device.keysPos !== undefined && device.keysPos > (since?.pos ?? 0)
  const news: EncryptionNews = {
    empty: messages.length + deviceLists.changed.length + deviceLists.left.length === 0 && !keysChanged,
    toDevice: messages,
    toDeviceCutAt: cutAt,
    deviceLists,
    // Clients look for this algorithm, and take its absence for an answer that says nothing.
    oneTimeKeyCounts: { ...noCounts, ...device.keys.oneTime },
    unusedFallbackKeys: device.keys.unusedFallback,
  }
  return news
})

const noCounts = { signed_curve25519: 0 }

/** For a device without keys of its own, messages, or anybody to look at: most answers, and nothing made anew for them. */
const nothing: EncryptionNews = {
  empty: true,
  toDevice: [],
  toDeviceCutAt: undefined,
  deviceLists: noLists,
  oneTimeKeyCounts: noCounts,
  unusedFallbackKeys: [],
}

/** `nothing`, if that is known without a look at the store. */
export const knownQuiet = (
  devices: DeviceViews["Service"],
  lists: DeviceLists["Service"],
  user: UserView,
  deviceId: DeviceId,
  since: SyncToken | undefined,
): EncryptionNews | undefined => {
  if (since === undefined) return undefined
  const device = devices.loaded(user.userId, deviceId)
  if (device === undefined || device.messages !== undefined || device.keysPos !== undefined) return undefined
  return lists.isQuiet(user, since.pos) ? nothing : undefined
}

/** The part of a sync's answer that tells it, as JSON members. */
export const showEncryption = (news: EncryptionNews): string => (news === nothing ? shownNothing : shown(news))

const shown = ({ toDevice, deviceLists, oneTimeKeyCounts, unusedFallbackKeys }: EncryptionNews) =>
  `"to_device":{"events":[${toDevice.join(",")}]}` +
  `,"device_lists":${JSON.stringify(deviceLists)}` +
  `,"device_one_time_keys_count":${JSON.stringify(oneTimeKeyCounts)}` +
  `,"device_unused_fallback_key_types":${JSON.stringify(unusedFallbackKeys)}`
const shownNothing = shown(nothing)

/** A device that asks for what comes after some messages has got them. */
export const acknowledgeMessages = Effect.fnUntraced(function* (userId: UserId, deviceId: DeviceId, since: SyncToken) {
  const devices = yield* DeviceViews
  const { messages } = devices.loaded(userId, deviceId) ?? (yield* devices.get(userId, deviceId))
  const received = receivedUpTo(since)
  if (messages !== undefined && messages.first <= received) yield* devices.acknowledge(userId, deviceId, received)
})
