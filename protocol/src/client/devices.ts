/** A user's devices. Spec: "Device Management". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { DeviceId } from "../ids.ts"
import { DeviceName } from "../text.ts"
import { AuthenticationData } from "../uia.ts"

const Device = Schema.Struct({
  device_id: DeviceId,
  display_name: Schema.optionalKey(Schema.String),
  last_seen_ip: Schema.optionalKey(Schema.String),
  last_seen_ts: Schema.optionalKey(Schema.Natural),
})
const path = "/_matrix/client/v3/devices/:deviceId"
const params = { deviceId: DeviceId }

export const getDevices = endpoint({
  operationId: "getDevices",
  method: "GET",
  path: "/_matrix/client/v3/devices",
  success: Schema.Struct({ devices: Schema.Array(Device) }),
})

export const getDevice = endpoint({ operationId: "getDevice", method: "GET", path, params, success: Device })

export const updateDevice = endpoint({
  operationId: "updateDevice",
  method: "PUT",
  path,
  params,
  body: Schema.Struct({ display_name: Schema.optionalKey(DeviceName) }),
})

export const deleteDevice = endpoint({
  operationId: "deleteDevice",
  method: "DELETE",
  path,
  params,
  limit: "login",
  body: Schema.Struct({ auth: Schema.optionalKey(AuthenticationData) }),
})

export const deleteDevices = endpoint({
  operationId: "deleteDevices",
  method: "POST",
  path: "/_matrix/client/v3/delete_devices",
  limit: "login",
  body: Schema.Struct({ devices: Schema.Array(DeviceId), auth: Schema.optionalKey(AuthenticationData) }),
})
