import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/dehydratedDevice"
import { Forbidden, InvalidParam, NotFound } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { Sessions } from "../auth/Sessions.ts"
import { handler } from "../http/Handler.ts"
import { LogStream } from "../log/LogStream.ts"
import { DehydratedDevices } from "../store/DehydratedDevices.ts"
import { DeviceViews } from "../sync/DeviceViews.ts"
import { storeKeys } from "./keys.ts"

const existing = Effect.fnUntraced(function* (userId: UserId) {
  const device = yield* (yield* DehydratedDevices).find(userId)
  return device ?? (yield* new NotFound({ error: "You have no dehydrated device" }))
})

/** A user has one: the one before goes. */
export const putDehydratedDevice = handler(
  contract.putDehydratedDevice,
  Effect.fnUntraced(function* ({ body, requester: { userId } }) {
    const dehydrated = yield* DehydratedDevices
    const { device_id: deviceId, device_data: data, initial_device_display_name: name, ...keys } = body
    const before = yield* dehydrated.find(userId)
    if (before !== undefined) yield* (yield* Sessions).end(userId, { devices: [before.deviceId] })
    if (!(yield* dehydrated.put(userId, deviceId, data, name))) {
      return yield* new InvalidParam({ error: "You have a device with that id already" })
    }
    yield* storeKeys(userId, deviceId, keys)
    return { device_id: deviceId }
  }),
)

export const getDehydratedDevice = handler(
  contract.getDehydratedDevice,
  Effect.fnUntraced(function* ({ requester }) {
    const { deviceId, data } = yield* existing(requester.userId)
    return { device_id: deviceId, device_data: data }
  }),
)

export const deleteDehydratedDevice = handler(
  contract.deleteDehydratedDevice,
  Effect.fnUntraced(function* ({ requester: { userId } }) {
    const { deviceId } = yield* existing(userId)
    yield* (yield* Sessions).end(userId, { devices: [deviceId] })
    return { device_id: deviceId }
  }),
)

/** The messages that wait for it, in pages; asking for the next page forgets none of them. */
export const getDehydratedDeviceEvents = handler(
  contract.getDehydratedDeviceEvents,
  Effect.fnUntraced(function* ({ params, body, requester: { userId } }) {
    const { deviceId } = yield* existing(userId)
    if (deviceId !== params.deviceId) {
      return yield* new Forbidden({ error: "That is not your dehydrated device" })
    }
    const after = body.next_batch === undefined ? 0 : Number(body.next_batch)
    if (!Number.isSafeInteger(after)) return yield* new InvalidParam({ error: "next_batch is not one of ours" })
    const upTo = (yield* LogStream).position()
    const { messages, cutAt } = yield* (yield* DeviceViews).messages(userId, deviceId, after, upTo)
    return { events: messages.map((json) => JSON.parse(json) as JsonObject), next_batch: String(cutAt ?? upTo) }
  }),
)
