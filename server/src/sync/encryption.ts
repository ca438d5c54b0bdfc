/** What a sync of either kind tells a device about encryption: messages for it, whose keys changed, how many of its own are left. */
import { Effect } from "effect"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import { type DeviceListNews, DeviceLists } from "./DeviceLists.ts"
import { DeviceViews } from "./DeviceViews.ts"
import type { SyncToken } from "./token.ts"

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
    oneTimeKeyCounts: { signed_curve25519: 0, ...device.keys.oneTime },
    unusedFallbackKeys: device.keys.unusedFallback,
  }
  return news
})

/** A device that asks for what comes after some messages has got them. */
export const acknowledgeMessages = Effect.fnUntraced(function* (userId: UserId, deviceId: DeviceId, since: SyncToken) {
  const devices = yield* DeviceViews
  const { messages } = yield* devices.get(userId, deviceId)
  const received = receivedUpTo(since)
  if (messages !== undefined && messages.first <= received) yield* devices.acknowledge(userId, deviceId, received)
})
