/** Full-text search in everything that one may read. Spec: "Server Side Search". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { RoomEventFilter } from "../filter.ts"
import { JsonObject } from "../json.ts"

export const SearchKey = Schema.Literals(["content.body", "content.name", "content.topic"])

export const RoomEventsCriteria = Schema.Struct({
  search_term: Schema.String.check(Schema.isMaxLength(1000)),
  keys: Schema.optionalKey(Schema.Array(SearchKey)),
  filter: Schema.optionalKey(RoomEventFilter),
  order_by: Schema.optionalKey(Schema.Literals(["recent", "rank"])),
  event_context: Schema.optionalKey(
    Schema.Struct({
      before_limit: Schema.optionalKey(Schema.Natural),
      after_limit: Schema.optionalKey(Schema.Natural),
      include_profile: Schema.optionalKey(Schema.Boolean),
    }),
  ),
  include_state: Schema.optionalKey(Schema.Boolean),
  groupings: Schema.optionalKey(
    Schema.Struct({
      group_by: Schema.optionalKey(Schema.Array(Schema.Struct({ key: Schema.Literals(["room_id", "sender"]) }))),
    }),
  ),
})
export interface RoomEventsCriteria extends Schema.Schema.Type<typeof RoomEventsCriteria> {}

export const search = endpoint({
  operationId: "search",
  method: "POST",
  path: "/_matrix/client/v3/search",
  limit: "read",
  query: { next_batch: Schema.optionalKey(Schema.String) },
  body: Schema.Struct({
    search_categories: Schema.Struct({ room_events: Schema.optionalKey(RoomEventsCriteria) }),
  }),
  success: Schema.Struct({ search_categories: JsonObject }),
})
