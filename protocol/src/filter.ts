/** What a client wants to see of a sync or of a room's history. Spec: client-server API, "Filtering". */
import { Schema } from "effect"

const Names = Schema.Array(Schema.String)

export const EventFilter = Schema.Struct({
  limit: Schema.optionalKey(Schema.Natural),
  types: Schema.optionalKey(Names),
  not_types: Schema.optionalKey(Names),
  senders: Schema.optionalKey(Names),
  not_senders: Schema.optionalKey(Names),
})
export interface EventFilter extends Schema.Schema.Type<typeof EventFilter> {}

export const RoomEventFilter = Schema.Struct({
  ...EventFilter.fields,
  rooms: Schema.optionalKey(Names),
  not_rooms: Schema.optionalKey(Names),
  contains_url: Schema.optionalKey(Schema.Boolean),
  lazy_load_members: Schema.optionalKey(Schema.Boolean),
  include_redundant_members: Schema.optionalKey(Schema.Boolean),
  unread_thread_notifications: Schema.optionalKey(Schema.Boolean),
  /** Events that others are about, in such a way and by such people; where a room's history is read. */
  related_by_rel_types: Schema.optionalKey(Names),
  related_by_senders: Schema.optionalKey(Names),
})
export interface RoomEventFilter extends Schema.Schema.Type<typeof RoomEventFilter> {}

export const Filter = Schema.Struct({
  event_format: Schema.optionalKey(Schema.Literals(["client", "federation"])),
  event_fields: Schema.optionalKey(Names),
  presence: Schema.optionalKey(EventFilter),
  account_data: Schema.optionalKey(EventFilter),
  room: Schema.optionalKey(
    Schema.Struct({
      rooms: Schema.optionalKey(Names),
      not_rooms: Schema.optionalKey(Names),
      include_leave: Schema.optionalKey(Schema.Boolean),
      timeline: Schema.optionalKey(RoomEventFilter),
      state: Schema.optionalKey(RoomEventFilter),
      ephemeral: Schema.optionalKey(RoomEventFilter),
      account_data: Schema.optionalKey(RoomEventFilter),
    }),
  ),
})
export interface Filter extends Schema.Schema.Type<typeof Filter> {}
