import { randomBytes } from "node:crypto"
import { Clock, Effect } from "effect"
import { DEFAULT_PAGE } from "@biz1/protocol/business/api"
import * as contract from "@biz1/protocol/business/feed"
import { NotFound } from "@biz1/protocol/errors"
import { handler } from "../../http/Handler.ts"
import { checkPermission } from "../api/Caller.ts"
import { cursorOf, readCursor } from "../api/cursor.ts"
import { Feed } from "../feed/Feed.ts"
import { type Webhook, WebhookStore } from "./WebhookStore.ts"

const notHere = (id: string) => new NotFound({ error: `There is no webhook ${id}` })

const shown = ({ id, url, types, active, problem, waiting, parked }: Webhook) => ({
  id,
  url,
  types,
  active,
  ...(problem === undefined ? {} : { problem }),
  waiting,
  parked,
})

const found = Effect.fnUntraced(function* (id: string) {
  return (yield* (yield* WebhookStore).find(id)) ?? (yield* notHere(id))
})

/** A new one is told what happens from now on. */
export const putWebhook = handler(
  contract.putWebhook,
  Effect.fnUntraced(function* ({ params: { id }, body, caller }) {
    yield* checkPermission(caller, "settings")
    const store = yield* WebhookStore
    const before = yield* store.find(id)
    const made = before === undefined && body.secrets === undefined
    const secrets = body.secrets ?? before?.secrets ?? [`whsec_${randomBytes(32).toString("base64")}`]
    const { url, types = [], active = true } = body
    yield* store.put({ id, url, types, secrets, active }, (yield* Feed).position())
    return { ...shown(yield* found(id)), ...(made ? { secrets } : {}) }
  }),
)

export const listWebhooks = handler(
  contract.listWebhooks,
  Effect.fnUntraced(function* ({ caller }) {
    yield* checkPermission(caller, "settings")
    return { items: (yield* (yield* WebhookStore).list).map(shown) }
  }),
)

export const deleteWebhook = handler(
  contract.deleteWebhook,
  Effect.fnUntraced(function* ({ params: { id }, caller }) {
    yield* checkPermission(caller, "settings")
    if (!(yield* (yield* WebhookStore).remove(id))) return yield* notHere(id)
    return {}
  }),
)

export const listDeliveries = handler(
  contract.listDeliveries,
  Effect.fnUntraced(function* ({ params: { id }, query, caller }) {
    yield* checkPermission(caller, "settings")
    yield* found(id)
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    const store = yield* WebhookStore
    const deliveries = yield* store.deliveries(id, { before: cursor?.[0], state: query.state, limit })
    return {
      items: deliveries.map(({ n, eventId, type, subject, state, attempts, dueTs, outcome }) => ({
        n,
        event: eventId,
        type,
        subject,
        state,
        attempts,
        ...(state === "waiting" ? { nextAt: new Date(dueTs).toISOString() } : {}),
        ...(outcome === undefined ? {} : { outcome }),
      })),
      ...(deliveries.length < limit ? {} : { next: cursorOf([deliveries.at(-1)!.n]) }),
    }
  }),
)

export const redeliver = handler(
  contract.redeliver,
  Effect.fnUntraced(function* ({ params: { id, n }, caller }) {
    yield* checkPermission(caller, "settings")
    const store = yield* WebhookStore
    if (!(yield* store.again(id, n, yield* Clock.currentTimeMillis))) {
      return yield* new NotFound({ error: "There is no such delivery" })
    }
    return {}
  }),
)
