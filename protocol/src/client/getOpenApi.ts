/** All operations of this server, as an OpenAPI 3.1 document. */
import { endpoint } from "../Endpoint.ts"
import { JsonObject } from "../json.ts"

export const getOpenApi = endpoint({
  operationId: "getOpenApi",
  method: "GET",
  path: "/_biz1/openapi.json",
  access: "none",
  success: JsonObject,
})
