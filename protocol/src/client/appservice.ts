/** What only application services call. Spec: application service API, "Client-Server API Extensions". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { RoomId } from "../ids.ts"

export const pingAppservice = endpoint({
  operationId: "pingAppservice",
  method: "POST",
  path: "/_matrix/client/v1/appservice/:appserviceId/ping",
  params: { appserviceId: Schema.String },
  body: Schema.Struct({ transaction_id: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(1024))) }),
  success: Schema.Struct({ duration_ms: Schema.Natural }),
})

export const updateAppserviceRoomDirectoryVisibility = endpoint({
  operationId: "updateAppserviceRoomDirectoryVisibility",
  method: "PUT",
  path: "/_matrix/client/v3/directory/list/appservice/:networkId/:roomId",
  params: { networkId: Schema.String.check(Schema.isMaxLength(255)), roomId: RoomId },
  body: Schema.Struct({ visibility: Schema.Literals(["public", "private"]) }),
})
