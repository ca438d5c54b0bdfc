import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/devices"
import { NotFound } from "@biz1/protocol/errors"
import { Interactive } from "../auth/Interactive.ts"
import { Sessions } from "../auth/Sessions.ts"
import { handler } from "../http/Handler.ts"
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
    const renamed = yield* (yield* DeviceStore).rename(requester.userId, params.deviceId, body.display_name)
    if (!renamed) return yield* new NotFound({ error: "You have no such device" })
    return {}
  }),
)

export const deleteDevice = handler(
  contract.deleteDevice,
  Effect.fnUntraced(function* ({ params, body, requester }) {
    yield* (yield* Interactive).passPassword(body.auth, requester, "deleteDevice")
    yield* (yield* Sessions).end(requester.userId, { devices: [params.deviceId] })
    return {}
  }),
)

export const deleteDevices = handler(
  contract.deleteDevices,
  Effect.fnUntraced(function* ({ body, requester }) {
    yield* (yield* Interactive).passPassword(body.auth, requester, "deleteDevices")
    yield* (yield* Sessions).end(requester.userId, { devices: body.devices })
    return {}
  }),
)
