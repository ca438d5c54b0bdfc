/** A device that receives keys while its owner has none of theirs at hand. Proposal: MSC3814. */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { DeviceId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { DeviceName } from "../text.ts"
import { ClaimableKeys, DeviceKeys } from "./keys.ts"

const path = "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device"

export const putDehydratedDevice = endpoint({
  operationId: "putDehydratedDevice",
  method: "PUT",
  path,
  body: Schema.Struct({
    device_id: DeviceId,
    device_data: JsonObject,
    initial_device_display_name: Schema.optionalKey(DeviceName),
    device_keys: DeviceKeys,
    one_time_keys: Schema.optionalKey(ClaimableKeys),
    fallback_keys: Schema.optionalKey(ClaimableKeys),
  }),
  numbers: "any",
  success: Schema.Struct({ device_id: DeviceId }),
})

export const getDehydratedDevice = endpoint({
  operationId: "getDehydratedDevice",
  method: "GET",
  path,
  success: Schema.Struct({ device_id: DeviceId, device_data: JsonObject }),
})

export const deleteDehydratedDevice = endpoint({
  operationId: "deleteDehydratedDevice",
  method: "DELETE",
  path,
  success: Schema.Struct({ device_id: DeviceId }),
})

export const getDehydratedDeviceEvents = endpoint({
  operationId: "getDehydratedDeviceEvents",
  method: "POST",
  path: `${path}/:deviceId/events`,
  params: { deviceId: DeviceId },
  limit: "read",
  body: Schema.Struct({ next_batch: Schema.optionalKey(Schema.String) }),
  success: Schema.Struct({ events: Schema.Array(JsonObject), next_batch: Schema.String }),
})
