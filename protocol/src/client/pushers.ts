/** Where a user's notifications go. Spec: "Push Notifications", "Pushers". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"

/** A user has one pusher of an app and a key: what the app's push gateway knows the device by. */
const named = { app_id: shortText(64), pushkey: shortText(512) }
const profileTag = { profile_tag: Schema.optionalKey(shortText(64)) }

export const Pusher = Schema.Struct({
  ...named,
  ...profileTag,
  /** `http`: by a push gateway. `email`: by mail to the address that is the key. */
  kind: Schema.String,
  app_display_name: shortText(256),
  device_display_name: shortText(256),
  lang: shortText(64),
  /** The gateway's `url`, and the `format` it wants. */
  data: JsonObject,
})
export interface Pusher extends Schema.Schema.Type<typeof Pusher> {}

export const getPushers = endpoint({
  operationId: "getPushers",
  method: "GET",
  path: "/_matrix/client/v3/pushers",
  success: Schema.Struct({ pushers: Schema.Array(Pusher) }),
})

export const postPusher = endpoint({
  operationId: "postPusher",
  method: "POST",
  path: "/_matrix/client/v3/pushers/set",
  numbers: "any",
  body: Schema.Struct({
    ...named,
    ...profileTag,
    /** Null takes the pusher away, and needs nothing of what follows. */
    kind: Schema.NullOr(Schema.String),
    app_display_name: Schema.optionalKey(Pusher.fields.app_display_name),
    device_display_name: Schema.optionalKey(Pusher.fields.device_display_name),
    lang: Schema.optionalKey(Pusher.fields.lang),
    data: Schema.optionalKey(Pusher.fields.data),
    /** Other users may keep a pusher of the same app and key; without it the device is theirs no more. */
    append: Schema.optionalKey(Schema.Boolean),
  }),
})
