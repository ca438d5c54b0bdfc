/**
 * Pushes the feed to those who want it. A node holds webhooks that no other holds; of each it queues what is new in the
 * feed, and sends what is due: in order for each subject, whatever becomes of the others.
 */
import { Clock, Effect, Layer, Random, Schedule } from "effect"
import { retryAfter, webhookHeaders } from "@biz1/core/business/webhook"
import { ServerConfig } from "../../config.ts"
import { Outgoing } from "../../http/outgoing.ts"
import { patiently } from "../../operations/outages.ts"
import { cloudEvent } from "../feed/handlers.ts"
import { Feed } from "../feed/Feed.ts"
import { type Attempted, type Delivery, type Webhook, WebhookStore } from "./WebhookStore.ts"

const eventsPerStep = 200
const sendsAtOnce = 8
const patience = "15 seconds"
const maxAnswerBytes = 16_384
/** More than this many waiting, and the feed is read on only when some are gone. */
const maxWaiting = 5000

const start = Effect.gen(function* () {
  const config = yield* ServerConfig
  const feed = yield* Feed
  const store = yield* WebhookStore
  const outgoing = yield* Outgoing
  const firstWaitMs = config.limits["webhooks.retryMs"]
  const keepMs = config.limits["webhooks.keepDays"] * 24 * 60 * 60_000

  /** Queues what is new; true where there is more to read. */
  const queueNews = Effect.fnUntraced(function* ({ id, pos, types, waiting }: Webhook) {
    if (waiting >= maxWaiting) return false
    const { events, upTo } = yield* feed.after(pos, { types, limit: eventsPerStep })
    if (upTo === pos) return false
    const deliveries = events.map((event) => ({
      eventId: event.id,
      type: event.type,
      subject: event.subject,
      body: JSON.stringify(cloudEvent(config.serverName, event)),
    }))
    return (yield* store.queue(id, pos, upTo, deliveries, yield* Clock.currentTimeMillis)) && upTo < feed.position()
  })

  const attempt = Effect.fnUntraced(function* (hook: Webhook, { n, eventId, body, attempts }: Delivery) {
    const now = yield* Clock.currentTimeMillis
    const signed = { id: eventId, timestamp: Math.floor(now / 1000), body }
    const outcome = yield* outgoing
      .request({
        url: hook.url,
        method: "POST",
        headers: { "content-type": "application/cloudevents+json", ...webhookHeaders(signed, hook.secrets) },
        body,
        timeout: patience,
        maxBytes: maxAnswerBytes,
        whenLonger: "cut",
      })
      .pipe(
        Effect.map(({ status }) => ({ status, said: `answered ${status}` })),
        Effect.catch(({ message }) => Effect.succeed({ status: 0, said: message.slice(0, 500) })),
      )
    if (outcome.status >= 200 && outcome.status < 300) {
      return { n, state: "delivered", dueTs: now, outcome: outcome.said } satisfies Attempted
    }
    // Gone: the receiver wants no more of these.
    if (outcome.status === 410) yield* store.stop(hook.id, "The receiver answered 410 Gone")
    const wait = retryAfter(attempts + 1, yield* Random.next, firstWaitMs)
    const failedTs = yield* Clock.currentTimeMillis
    if (wait !== undefined) {
      return { n, state: "waiting", dueTs: failedTs + wait, outcome: outcome.said } satisfies Attempted
    }
    yield* Effect.logWarning("a webhook delivery is given up", { webhook: hook.id, n, outcome: outcome.said })
    return { n, state: "parked", dueTs: failedTs, outcome: outcome.said } satisfies Attempted
  })

  /** Sends what is due; true where anything was. */
  const sendDue = Effect.fnUntraced(function* (hook: Webhook) {
    const due = yield* store.due(hook.id, yield* Clock.currentTimeMillis, sendsAtOnce)
    if (due.length === 0) return false
    // Each is written down by itself: a receiver that is slow keeps nobody's success from being known.
    yield* Effect.forEach(
      due,
      (delivery) =>
        Effect.flatMap(attempt(hook, delivery), (made) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => store.attempted(hook.id, [made], now)),
        ),
      { concurrency: sendsAtOnce, discard: true },
    )
    return true
  })

  const serve = Effect.fnUntraced(function* (hook: Webhook) {
    const queued = yield* queueNews(hook)
    const sent = yield* sendDue(hook)
    return queued || sent
  })

  const round = Effect.gen(function* () {
    const held = yield* store.hold
    const busy = yield* Effect.forEach(held, serve, { concurrency: 16 })
    return { busy: busy.some((one) => one), any: held.length > 0 }
  })

  yield* Effect.addFinalizer(() => store.release)
  const rounds = Effect.gen(function* () {
    const position = feed.position()
    const { busy, any } = yield* round
    if (!busy) yield* feed.news(any ? position : Number.MAX_SAFE_INTEGER, "1 second")
  })
  yield* rounds.pipe(patiently("send webhooks"), Effect.repeat(Schedule.forever), Effect.forkScoped)
  const forget = Effect.flatMap(Clock.currentTimeMillis, (now) => store.forget(now - keepMs))
  yield* forget.pipe(
    patiently("forget old webhook deliveries"),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.forkScoped,
  )
})

export const sendWebhooks = Layer.effectDiscard(start)
