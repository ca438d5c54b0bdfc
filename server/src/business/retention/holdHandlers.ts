import { Effect } from "effect"
import { DEFAULT_PAGE } from "@biz1/protocol/business/api"
import * as contract from "@biz1/protocol/business/holds"
import { NotFound, UnknownConflict } from "@biz1/protocol/errors"
import type { JsonObject } from "@biz1/protocol/json"
import { handler } from "../../http/Handler.ts"
import { checkPermission } from "../api/Caller.ts"
import { cursorOf, readCursor } from "../api/cursor.ts"
import { Holds, type KeptHold } from "./Holds.ts"

const shown = ({ id, subject, reason, madeTs, endedTs }: KeptHold) => ({
  id,
  subject: subject as typeof contract.HoldSubject.Type,
  reason,
  madeAt: new Date(madeTs).toISOString(),
  ...(endedTs === undefined ? {} : { endedAt: new Date(endedTs).toISOString() }),
})

const found = Effect.fnUntraced(function* (id: string) {
  return (yield* (yield* Holds).find(id)) ?? (yield* new NotFound({ error: `There is no hold ${id}` }))
})

export const putHold = handler(
  contract.putHold,
  Effect.fnUntraced(function* ({ params: { id }, body: { subject, reason }, caller }) {
    yield* checkPermission(caller, "compliance")
    if (!(yield* (yield* Holds).put({ id, subject, reason }))) {
      return yield* new UnknownConflict({ error: `The hold ${id} is about something else` })
    }
    return shown(yield* found(id))
  }),
)

export const getHold = handler(
  contract.getHold,
  Effect.fnUntraced(function* ({ params: { id }, caller }) {
    yield* checkPermission(caller, "compliance")
    return shown(yield* found(id))
  }),
)

export const listHolds = handler(
  contract.listHolds,
  Effect.fnUntraced(function* ({ caller }) {
    yield* checkPermission(caller, "compliance")
    return { items: (yield* (yield* Holds).list).map(shown) }
  }),
)

export const endHold = handler(
  contract.endHold,
  Effect.fnUntraced(function* ({ params: { id }, caller }) {
    yield* checkPermission(caller, "compliance")
    yield* found(id)
    yield* (yield* Holds).end(id)
    return {}
  }),
)

export const readHeld = handler(
  contract.readHeld,
  Effect.fnUntraced(function* ({ params: { id }, query, caller }) {
    yield* checkPermission(caller, "compliance")
    yield* found(id)
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    const entries = yield* (yield* Holds).redacted(id, { after: cursor?.[0] ?? 0, limit })
    const items = entries.map(({ event, json, redactedBy }) => ({
      eventId: event.eventId,
      roomId: event.roomId,
      sender: event.sender,
      type: event.type,
      at: new Date(event.originServerTs).toISOString(),
      // What was signed; `event` has been redacted on its way out of the store.
      content: (JSON.parse(json) as { readonly content: JsonObject }).content,
      redactedBy: redactedBy!,
    }))
    return { items, ...(items.length < limit ? {} : { next: cursorOf([entries.at(-1)!.pos]) }) }
  }),
)
