import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/delayedEvents"
import { MissingParam, NotFound } from "@biz1/protocol/errors"
import { checkState } from "../conversation/checkState.ts"
import { DelayedEvents, type ToSchedule } from "../conversation/DelayedEvents.ts"
import { handler } from "../http/Handler.ts"
import { type DelayedEvent, DelayedEventStore } from "../store/DelayedEventStore.ts"
import { roomAsMember } from "../sync/reading.ts"

export const schedule = Effect.fnUntraced(function* (event: ToSchedule) {
  yield* roomAsMember(event.roomId, event.requester)
  yield* checkState(event)
  return { delay_id: yield* (yield* DelayedEvents).schedule(event) }
})

export const scheduleDelayedEvent = handler(
  contract.scheduleDelayedEvent,
  Effect.fnUntraced(function* ({ params: { roomId, eventType: type, txnId }, body, requester }) {
    const { state_key: stateKey, content } = body
    const delayMs = body.delay_ms ?? body.delay
    if (delayMs === undefined) return yield* new MissingParam({ error: "Say the delay in milliseconds" })
    return yield* schedule({ requester, roomId, type, stateKey, content, delayMs, txnId })
  }),
)

export const manageDelayedEvent = handler(
  contract.manageDelayedEvent,
  Effect.fnUntraced(function* ({ params: { delayId, action } }) {
    yield* (yield* DelayedEvents).manage(delayId, action)
    return {}
  }),
)

export const updateDelayedEvent = handler(
  contract.updateDelayedEvent,
  Effect.fnUntraced(function* ({ params: { delayId }, body }) {
    yield* (yield* DelayedEvents).manage(delayId, body.action)
    return {}
  }),
)

const show = ({ delayId, roomId, type, stateKey, delayMs, runningSince, content, outcome }: DelayedEvent) => ({
  delay_id: delayId,
  room_id: roomId,
  type,
  ...(stateKey === undefined ? {} : { state_key: stateKey }),
  delay: delayMs,
  running_since: runningSince,
  content,
  ...(outcome === undefined ? {} : { origin_server_ts: outcome.atMs }),
  ...(outcome?.error === undefined ? {} : { error: outcome.error }),
  ...(outcome?.eventId === undefined ? {} : { event_id: outcome.eventId }),
})

export const getDelayedEvent = handler(
  contract.getDelayedEvent,
  Effect.fnUntraced(function* ({ params, requester }) {
    const found = yield* (yield* DelayedEventStore).find(params.delayId)
    if (found?.userId !== requester.userId) return yield* new NotFound({ error: "You have no such delayed event" })
    return show(found)
  }),
)

export const getDelayedEvents = handler(
  contract.getDelayedEvents,
  Effect.fnUntraced(function* ({ requester }) {
    const events = yield* (yield* DelayedEventStore).ofUser(requester.userId, { scheduled: true })
    return { delayed_events: events.map(show) }
  }),
)
