import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/devices"
import { NotFound } from "@biz1/protocol/errors"
import { passOwn } from "../auth/ownIdentity.ts"
import { Sessions } from "../auth/Sessions.ts"
import { Content, handler } from "../http/Handler.ts"
import { DeviceStore } from "../store/DeviceStore.ts"

export const getDevices = handler(
  contract.getDevices,
  Effect.fnUntraced(function* ({ requester }) {
    return { devices: yield* (yield* DeviceStore).ofUser(requester.userId) }
  }),
)

export const getDevice = handler(
  contract.getDevice,
  Effect.fnUntraced(function* ({ params, requester }) {
    const devices = yield* (yield* DeviceStore).ofUser(requester.userId)
    const device = devices.find(({ device_id: id }) => id === params.deviceId)
    return device ?? (yield* new NotFound({ error: "You have no such device" }))
  }),
)

export const updateDevice = handler(
  contract.updateDevice,
  Effect.fnUntraced(function* ({ params, body, requester }) {
    const devices = yield* DeviceStore
    const { userId, appservice } = requester
    // A service has no login to make devices by. MSC4190.
    const made = appservice !== undefined && (yield* devices.create(userId, params.deviceId, body.display_name))
    if (made) return new Content({ "content-type": "application/json" }, Buffer.from("{}"), 201)
    const renamed = yield* devices.rename(userId, params.deviceId, body.display_name)
    if (!renamed) return yield* new NotFound({ error: "You have no such device" })
    return {}
  }),
)

export const deleteDevice = handler(
  contract.deleteDevice,
  Effect.fnUntraced(function* (call) {
    yield* passOwn(call)
    yield* (yield* Sessions).end(call.requester.userId, { devices: [call.params.deviceId] })
    return {}
  }),
)

export const deleteDevices = handler(
  contract.deleteDevices,
  Effect.fnUntraced(function* (call) {
    yield* passOwn(call)
    yield* (yield* Sessions).end(call.requester.userId, { devices: call.body.devices })
    return {}
  }),
)
