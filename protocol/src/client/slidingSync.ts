/**
 * Simplified sliding sync: a window on the rooms instead of all of them. One request in two encodings: the one that
 * clients were deployed with, and the accepted one. Proposal: MSC4186.
 */
import { Schema } from "effect"
import { endpoint, NaturalFromString } from "../Endpoint.ts"
import { RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"

const maxLists = 100
const maxSubscriptions = 1000
const maxRequired = 500

const atMost = (max: number, what: string) =>
  Schema.makeFilter((given: object) => Object.keys(given).length <= max || `more than ${max} ${what}`)

const Window = Schema.Tuple([Schema.Natural, Schema.Natural])
const RoomTypes = Schema.Array(Schema.NullOr(Schema.String))
const filterFields = {
  is_dm: Schema.optionalKey(Schema.Boolean),
  spaces: Schema.optionalKey(Schema.Array(RoomId)),
  is_encrypted: Schema.optionalKey(Schema.Boolean),
  room_types: Schema.optionalKey(RoomTypes),
  not_room_types: Schema.optionalKey(RoomTypes),
  tags: Schema.optionalKey(Schema.Array(Schema.String)),
  not_tags: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Part of the room's own name, whatever the case of its letters. Proposal: MSC3575. */
  room_name_like: Schema.optionalKey(Schema.String),
}
/** Either name for rooms that the user is invited to. */
const Filters = Schema.Struct({
  ...filterFields,
  is_invite: Schema.optionalKey(Schema.Boolean),
  is_invited: Schema.optionalKey(Schema.Boolean),
})
export type Filters = typeof Filters.Type

/** Of which rooms an extension tells: those in some lists, and some of those subscribed to. `*` means all. */
const Scope = Schema.Struct({
  enabled: Schema.optionalKey(Schema.Boolean),
  lists: Schema.optionalKey(Schema.Array(Schema.String)),
  rooms: Schema.optionalKey(Schema.Array(Schema.String)),
})
export type Scope = typeof Scope.Type

const Extensions = Schema.Struct({
  to_device: Schema.optionalKey(
    Schema.Struct({ enabled: Schema.optionalKey(Schema.Boolean), since: Schema.optionalKey(Schema.String) }),
  ),
  e2ee: Schema.optionalKey(Schema.Struct({ enabled: Schema.optionalKey(Schema.Boolean) })),
  account_data: Schema.optionalKey(Scope),
  receipts: Schema.optionalKey(Scope),
  typing: Schema.optionalKey(Scope),
})
export type Extensions = typeof Extensions.Type

const SetPresence = Schema.optionalKey(Schema.Literals(["offline", "online", "unavailable"]))
const ConnectionId = Schema.optionalKey(shortText(255))

/** `[type, state key]`; a state key may be `$ME` or `$LAZY`, either may be `*`. */
const StatePair = Schema.Tuple([Schema.String, Schema.String])
const deployedConfig = {
  timeline_limit: Schema.optionalKey(Schema.Natural),
  required_state: Schema.optionalKey(Schema.Array(StatePair).check(Schema.isMaxLength(maxRequired))),
}
const DeployedConfig = Schema.Struct(deployedConfig)
export type DeployedConfig = typeof DeployedConfig.Type

export const deployedSlidingSync = endpoint({
  operationId: "simplifiedSlidingSync",
  method: "POST",
  path: "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync",
  limit: "none",
  query: {
    pos: Schema.optionalKey(Schema.String),
    timeout: Schema.optionalKey(NaturalFromString),
    set_presence: SetPresence,
  },
  body: Schema.Struct({
    conn_id: ConnectionId,
    txn_id: Schema.optionalKey(Schema.String),
    lists: Schema.optionalKey(
      Schema.Record(
        Schema.String,
        Schema.Struct({
          ...deployedConfig,
          ranges: Schema.optionalKey(Schema.Array(Window)),
          range: Schema.optionalKey(Window),
          filters: Schema.optionalKey(Schema.NullOr(Filters)),
        }),
      ).check(atMost(maxLists, "lists")),
    ),
    room_subscriptions: Schema.optionalKey(
      Schema.Record(RoomId, DeployedConfig).check(atMost(maxSubscriptions, "subscriptions")),
    ),
    extensions: Schema.optionalKey(Extensions),
  }),
  success: JsonObject,
})

const StateElement = Schema.Struct({
  type: Schema.optionalKey(Schema.String),
  state_key: Schema.optionalKey(Schema.String),
})
const StateElements = Schema.optionalKey(Schema.Array(StateElement).check(Schema.isMaxLength(maxRequired)))
const RequiredState = Schema.Struct({
  include: StateElements,
  exclude: StateElements,
  lazy_members: Schema.optionalKey(Schema.Boolean),
})
export type RequiredState = typeof RequiredState.Type

const acceptedConfig = { timeline_limit: Schema.Natural, required_state: RequiredState }
const AcceptedConfig = Schema.Struct(acceptedConfig)
export type AcceptedConfig = typeof AcceptedConfig.Type

export const slidingSync = endpoint({
  operationId: "slidingSync",
  method: "POST",
  path: "/_matrix/client/v4/sync",
  limit: "none",
  body: Schema.Struct({
    conn_id: ConnectionId,
    pos: Schema.optionalKey(Schema.String),
    timeout: Schema.optionalKey(Schema.Natural),
    set_presence: SetPresence,
    lists: Schema.optionalKey(
      Schema.Record(
        Schema.String,
        Schema.Struct({
          ...acceptedConfig,
          range: Schema.optionalKey(Window),
          filters: Schema.optionalKey(Filters),
        }),
      ).check(atMost(maxLists, "lists")),
    ),
    room_subscriptions: Schema.optionalKey(
      Schema.Record(RoomId, AcceptedConfig).check(atMost(maxSubscriptions, "subscriptions")),
    ),
    extensions: Schema.optionalKey(Extensions),
  }),
  success: JsonObject,
})
