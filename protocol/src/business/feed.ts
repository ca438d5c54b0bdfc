/** The log of what happens, for other systems: read along, or pushed to them. */
import { Schema } from "effect"
import { NaturalFromString } from "../Endpoint.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"
import { apiEndpoint, page, pageQuery, Time } from "./api.ts"

/** A CloudEvent. A repeat has the same `id`; `seq` never falls. */
export const FeedEvent = Schema.Struct({
  specversion: Schema.Literal("1.0"),
  id: Schema.String,
  source: Schema.String,
  type: Schema.String,
  subject: Schema.String,
  time: Time,
  seq: Schema.Natural,
  data: JsonObject,
  cause: Schema.optionalKey(Schema.String),
})

const EventTypes = shortText(2000)

/**
 * In the order in which it happened, from the beginning or after a cursor; after `now` what is to come. With `wait`
 * seconds an answer without events is put off until there is one. `types` are parted by commas; `record.*` is all of a
 * kind. `next` is always there, to go on with.
 */
export const getEvents = apiEndpoint({
  operationId: "getEvents",
  method: "GET",
  path: "/events",
  scope: "events:read",
  query: {
    ...pageQuery,
    types: Schema.optionalKey(EventTypes),
    wait: Schema.optionalKey(NaturalFromString.check(Schema.isLessThanOrEqualTo(60))),
  },
  success: Schema.Struct({ items: Schema.Array(FeedEvent), next: Schema.String }),
})

const id = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,64}$/))

const Webhook = Schema.Struct({
  id,
  url: Schema.String,
  types: Schema.Array(Schema.String),
  active: Schema.Boolean,
  /** Why it is not active, or what the last attempt came to. */
  problem: Schema.optionalKey(Schema.String),
  /** Deliveries that wait, and those that were given up. */
  waiting: Schema.Natural,
  parked: Schema.Natural,
})

/** A secret of the form of Standard Webhooks, `whsec_` and base64 of 24 to 64 bytes. */
const Secret = Schema.String.check(Schema.isPattern(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/))

export const putWebhook = apiEndpoint({
  operationId: "putWebhook",
  method: "PUT",
  path: "/webhooks/:id",
  scope: "webhooks:write",
  params: { id },
  body: Schema.Struct({
    url: shortText(2000).check(Schema.isPattern(/^https?:\/\//)),
    types: Schema.optionalKey(Schema.Array(shortText(64)).check(Schema.isMaxLength(50))),
    active: Schema.optionalKey(Schema.Boolean),
    /** Two while one takes the other's place; without any, one is made. */
    secrets: Schema.optionalKey(Schema.Array(Secret).check(Schema.isMinLength(1), Schema.isMaxLength(2))),
  }),
  /** The secrets are said where one was made. */
  success: Schema.Struct({ ...Webhook.fields, secrets: Schema.optionalKey(Schema.Array(Schema.String)) }),
})

export const listWebhooks = apiEndpoint({
  operationId: "listWebhooks",
  method: "GET",
  path: "/webhooks",
  scope: "webhooks:write",
  success: page(Webhook),
})

export const deleteWebhook = apiEndpoint({
  operationId: "deleteWebhook",
  method: "DELETE",
  path: "/webhooks/:id",
  scope: "webhooks:write",
  params: { id },
})

export const listDeliveries = apiEndpoint({
  operationId: "listWebhookDeliveries",
  method: "GET",
  path: "/webhooks/:id/deliveries",
  scope: "webhooks:write",
  params: { id },
  query: { ...pageQuery, state: Schema.optionalKey(Schema.Literals(["waiting", "delivered", "parked"])) },
  success: page(
    Schema.Struct({
      n: Schema.Natural,
      event: Schema.String,
      type: Schema.String,
      subject: Schema.String,
      state: Schema.Literals(["waiting", "delivered", "parked"]),
      attempts: Schema.Natural,
      nextAt: Schema.optionalKey(Time),
      outcome: Schema.optionalKey(Schema.String),
    }),
  ),
})

export const redeliver = apiEndpoint({
  operationId: "redeliverWebhook",
  method: "POST",
  path: "/webhooks/:id/deliveries/:n/redeliver",
  scope: "webhooks:write",
  params: { id, n: NaturalFromString },
})
